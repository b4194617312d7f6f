/** The operator's own AWS credentials, and why there are none in words that help. */

import { fromNodeProviderChain } from '@aws-sdk/credential-providers';

/** Provides credentials, fresh ones when they end. */
export type CredentialProvider = () => Promise<{ accessKeyId: string; secretAccessKey: string }>;

/**
 * The credentials of a profile, or those that the environment gives (as every AWS tool finds them).
 *
 * @param profile undefined: the default chain
 */
export function profileCredentials(profile: string | undefined): CredentialProvider {
  // Nothing is remembered of the files: who signs in again while the console runs need not restart it.
  return fromNodeProviderChain({ ignoreCache: true, ...(profile !== undefined && { profile }) });
}

/** Says why there are no credentials, without a word of what was in the files. */
export function explainCredentials(error: unknown, profile: string | undefined): string {
  const said = error instanceof Error ? error.message : '';
  const named = profile === undefined ? 'your AWS profile' : `the AWS profile "${profile}"`;
  const login = `aws sso login${profile === undefined ? '' : ` --profile ${profile}`}`;
  if (/expired|refresh|sso session|sso login/i.test(said)) {
    return `The sign-in of ${named} has ended: run "${login}" and try again.`;
  }
  if (profile !== undefined) {
    return `The AWS profile "${profile}" is not there or gives no credentials: look at ~/.aws/config (aws configure list-profiles), or name another with --profile.`;
  }
  return 'No AWS credentials were found: name a profile with --profile, or sign in first (aws sso login).';
}
