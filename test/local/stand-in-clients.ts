/** The settings with which a test's SDK client reaches a stand-in. */

/** For any client of the AWS SDK; one attempt, so that a test sees the first answer. */
export function clientSettings(endpoint: string) {
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
}
