/** The tests that run the blocks of commands in the docs which are marked `run: <name>`: each by its file and its name. */

/** By what stands in the marker. */
export const RUN_BY: Readonly<Record<string, readonly [file: string, test: string]>> = {
  'npm-start': [
    'test/e2e/npm-start.test.ts',
    'prints a quick start that gives a device its token when it is pasted into a shell',
  ],
  'one-test-file': ['test/docs/commands.test.ts', 'a test file can be run by itself'],
  'try-a-device': ['test/docs/commands.test.ts', 'a device signs in by the lines of docs/devices.md'],
  'device-credentials': ['test/docs/commands.test.ts', 'a device signs in by the lines of docs/devices.md'],
  'local-events': ['test/docs/commands.test.ts', 'the events of a session are read by the line of docs/events.md'],
  'aws-cli-2': ['test/clients/programs/docs.ts', 'the example "$name" signs a device in'],
  'aws-cli': ['test/clients/programs/docs.ts', 'the example "$name" signs a device in'],
  curl: ['test/clients/programs/docs.ts', 'the example "$name" signs a device in'],
  private_key_jwt: ['test/auth/local-keys.test.ts', 'sign in by the lines of the docs'],
  'mtls-authority': [
    'test/auth/docs.test.ts',
    'the documented lines make an authority, and a certificate whose name the broker reads',
  ],
};
