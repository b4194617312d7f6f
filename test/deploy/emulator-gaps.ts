/**
 * What the emulator does not do, by name: each is something that this deployment relies on and that no test here proves.
 * docs/deploy.md lists the same; where a gap needs a way round, its test says when the gap is closed.
 */

/** One thing that the emulator leaves out. */
export interface EmulatorGap {
  readonly name: string;
  /** What it does instead, and what proves the thing here, if anything does. */
  readonly instead: string;
}

export const EMULATOR_GAPS: readonly EmulatorGap[] = [
  {
    name: 'The condition keys kms:EncryptionContext and events:source',
    instead:
      'its IAM does not know them; two roles are given the use of the key without the condition for the time of the test (test/iam evaluates the conditions for every call)',
  },
  {
    name: 'The role of a state machine',
    instead: 'executions may do everything; test/iam evaluates what they do',
  },
  {
    name: 'The role of a stream mapping',
    instead: 'it reads the stream, and writes to the failure queue, as itself; test/iam evaluates the rights',
  },
  {
    name: 'ReportBatchItemFailures of a stream mapping',
    instead: 'it takes a batch of which some records failed for done; test/local runs the retries',
  },
  {
    name: 'The role of a function when it logs',
    instead:
      'it writes logs as itself, and makes a group again that was deleted while its function ran; on AWS the roles may not make groups',
  },
  {
    name: 'Lambda permissions of the API',
    instead: 'it invokes functions without asking for them; test/lib pins them',
  },
  {
    name: 'Encryption with a customer managed key',
    instead: 'it notes the key of table, queue and state machine and does not use it; test/lib pins the rights to it',
  },
  {
    name: 'Stage throttling and access logs',
    instead: 'it notes the settings; test/lib pins them and the answer to a throttled call',
  },
  {
    name: 'Saved queries of CloudWatch Logs',
    instead:
      'it refuses a template with one; the app leaves them out where AWS_ENDPOINT_URL is set, and test/watch pins them',
  },
  {
    name: 'Alarms with metric math',
    instead: 'it refuses them, so no topic for alarms is set here; test/watch sets each of them off',
  },
  {
    name: 'requestContext.domainName',
    instead: 'it leaves the member out, so that links which name the API begin with https://undefined',
  },
  {
    name: 'The names of *.execute-api.*.amazonaws.com',
    instead: 'it serves the API under a path of its own endpoint',
  },
  {
    name: 'arm64, memory sizes and X-Ray',
    instead: "it runs functions with this machine's Node 24 and traces nothing",
  },
  {
    name: 'The order of a real deployment',
    instead:
      'roles work at once after their creation; on AWS that takes seconds, which Lambda and CloudFormation retry',
  },
];

/** The list as it is printed with the tests. */
export function gapsText(): string {
  const lines = EMULATOR_GAPS.map(({ name, instead }) => `  ${name}: ${instead}.`);
  return `What the emulator does not do, and no test here proves:\n${lines.join('\n')}`;
}
