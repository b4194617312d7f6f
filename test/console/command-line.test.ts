import { describe, expect, it } from 'vitest';
import { explainCredentials } from '../../console/server/aws-profile.ts';
import { CONSOLE_HELP, readConsoleCommand } from '../../console/server/command-line.ts';

const API = 'https://abc123.execute-api.eu-central-1.amazonaws.com/v1';

const problemOf = (...args: string[]): string => {
  const command = readConsoleCommand(args, {});
  return command.command === 'wrong' ? command.problem : `not wrong: ${command.command}`;
};

describe('the command line of the console', () => {
  it('reads the region off the address and has a port of its own', () => {
    expect(readConsoleCommand(['--api', `${API}/`, '--profile', 'ops'], {})).toEqual({
      command: 'start',
      api: API,
      region: 'eu-central-1',
      port: 8789,
      profile: 'ops',
      isLocal: false,
    });
  });

  it('takes profile and region of the environment where the line names none', () => {
    const environment = { AWS_PROFILE: 'from-env', AWS_REGION: 'eu-west-1' };

    const command = readConsoleCommand(['--api', 'https://broker.example.com'], environment);

    expect(command).toMatchObject({ api: 'https://broker.example.com', profile: 'from-env', region: 'eu-west-1' });
  });

  it('prefers what the line names', () => {
    const environment = { AWS_PROFILE: 'from-env', AWS_REGION: 'eu-west-1' };
    const args = ['--api', API, '--profile', 'ops', '--region', 'us-east-2', '--port', '0'];

    expect(readConsoleCommand(args, environment)).toMatchObject({ profile: 'ops', region: 'us-east-2', port: 0 });
  });

  it('knows a local broker, which needs neither profile nor region', () => {
    expect(readConsoleCommand(['--api', 'http://127.0.0.1:8787'], {})).toMatchObject({
      api: 'http://127.0.0.1:8787',
      region: 'us-east-1',
      isLocal: true,
    });
  });

  it('says what is missing or wrong', () => {
    expect(problemOf()).toBe("Name the broker's API with --api <address>.");
    expect(problemOf('--api', 'http://broker.example.com')).toMatch(/write it with https:\/\//);
    expect(problemOf('--api', 'broker')).toMatch(/"broker" is not an address/);
    expect(problemOf('--api', 'https://broker.example.com')).toMatch(/name it with --region/);
    expect(problemOf('--api', API, '--port', '70000')).toMatch(/"70000" is not a port/);
    expect(problemOf('--api', API, '--prot', '1')).toMatch(/--prot/);
  });

  it('shows its help when asked', () => {
    expect(readConsoleCommand(['--help'], {})).toEqual({ command: 'help' });
    expect(CONSOLE_HELP).toMatch(/--profile/);
  });
});

describe('why there are no credentials', () => {
  it('sends who was signed in to sign in again', () => {
    const error = new Error('Error when retrieving token from sso: Token is expired and refresh is not possible.');

    expect(explainCredentials(error, 'ops')).toBe(
      'The sign-in of the AWS profile "ops" has ended: run "aws sso login --profile ops" and try again.',
    );
  });

  it('doubts a profile that gives none', () => {
    const error = new Error(
      'Could not resolve credentials using profile: [opps] in configuration/credentials file(s).',
    );

    expect(explainCredentials(error, 'opps')).toMatch(/^The AWS profile "opps" is not there .* --profile\.$/);
  });

  it('asks for a profile where none is named', () => {
    expect(explainCredentials(new Error('Could not load credentials from any providers'), undefined)).toMatch(
      /name a profile with --profile/,
    );
  });
});
