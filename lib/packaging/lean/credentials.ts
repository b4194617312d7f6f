/**
 * Stands in for the AWS SDK's search for credentials, which brings five more clients and the reading of profiles along.
 * Lambda puts a function's credentials into its environment, and they stay the same as long as that environment lives.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-providers';
