import type { BrokerConfig } from '../config.ts';
import type { Finding } from './report.ts';

/** The checks that need AWS: each is given what it asks, so that it can be tried without. */

/** What the doctor asks of AWS and the network. */
export interface Outside {
  /** The account and principal of the credentials (STS GetCallerIdentity). */
  callerIdentity(): Promise<{ account: string; arn: string }>;
  /** The version of the CDK's bootstrap stack (SSM parameter), undefined when there is none. */
  bootstrapVersion(): Promise<number | undefined>;
  /** The HTTP status that an address answers with. */
  status(url: string): Promise<number>;
  /** The Region that would be deployed to. */
  readonly region: string | undefined;
}

/** The oldest bootstrap stack that the CDK library of this project deploys with (`new-style` assets). */
const LEAST_BOOTSTRAP = 6;

/** Credentials, Region and bootstrap stack. */
export async function checkAccount(outside: Outside): Promise<Finding[]> {
  const findings: Finding[] = [checkRegion(outside.region)];
  const identity = await outside.callerIdentity().catch((error: Error) => error);
  if (identity instanceof Error) {
    return [
      ...findings,
      {
        check: 'Credentials',
        ok: false,
        detail: `AWS did not accept them (${identity.name})`,
        fix: 'Sign in (aws sso login --profile NAME) and set AWS_PROFILE=NAME, then run the doctor again.',
      },
    ];
  }
  findings.push({ check: 'Credentials', ok: true, detail: identity.arn });
  return [...findings, await checkBootstrap(outside, identity.account)];
}

function checkRegion(region: string | undefined): Finding {
  const check = 'Region';
  return region === undefined
    ? {
        check,
        ok: false,
        detail: 'none is set',
        fix: 'Set AWS_REGION to the Region to deploy to, such as AWS_REGION=eu-west-1.',
      }
    : { check, ok: true, detail: region };
}

async function checkBootstrap(outside: Outside, account: string): Promise<Finding> {
  const check = 'Bootstrap';
  const fix = `Run npx cdk bootstrap aws://${account}/${outside.region ?? 'REGION'}`;
  const version = await outside.bootstrapVersion().catch((error: Error) => error);
  if (version instanceof Error) {
    return {
      check,
      ok: false,
      detail: `its version cannot be read (${version.name})`,
      fix: 'Allow ssm:GetParameter on /cdk-bootstrap/*, or ask who bootstrapped the account.',
    };
  }
  if (version === undefined)
    return { check, ok: false, detail: 'this account and Region have no CDK bootstrap stack', fix };
  return version >= LEAST_BOOTSTRAP
    ? { check, ok: true, detail: `version ${version}` }
    : { check, ok: false, detail: `version ${version} is older than ${LEAST_BOOTSTRAP}`, fix };
}

/** Whether each fleet's access portal and OIDC endpoint answer from here. Any HTTP answer will do. */
export async function checkFleets(outside: Outside, config: BrokerConfig): Promise<Finding[]> {
  const checks = Object.entries(config.fleets).flatMap(([name, fleet]) => [
    checkAddress(
      outside,
      `Fleet ${name}, start URL`,
      fleet.startUrl,
      'Compare startUrl with the address on the Identity Center settings page.',
    ),
    checkAddress(
      outside,
      `Fleet ${name}, OIDC`,
      fleet.upstreamEndpoint ?? `https://oidc.${fleet.region}.amazonaws.com`,
      'Compare region with the Identity Center settings page; behind a proxy set HTTPS_PROXY for the doctor.',
    ),
  ]);
  return Promise.all(checks);
}

async function checkAddress(outside: Outside, check: string, url: string, fix: string): Promise<Finding> {
  const status = await outside.status(url).catch((error: Error) => error);
  return status instanceof Error
    ? { check, ok: false, detail: `${url} cannot be reached`, fix }
    : { check, ok: true, detail: `${url} answers` };
}
