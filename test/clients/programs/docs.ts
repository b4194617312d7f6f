/** The marked examples of docs/clients.md, run as they stand there. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeAwsHome } from '../support/aws-home.ts';
import { eventually } from '../support/http.ts';
import { approve, broker } from '../support/local-broker.ts';
import { type Running, startProgram, versionOf } from '../support/programs.ts';

interface Example {
  readonly name: string;
  readonly language: string;
  readonly text: string;
}

const document = readFileSync(new URL('../../../docs/clients.md', import.meta.url), 'utf8');
const examples: Example[] = [...document.matchAll(/^```(\w+) test=([\w-]+)\n(.*?)^```$/gms)].map(
  ([, language = '', name = '', text = '']) => ({ name, language, text }),
);

/** How a language is run: the text comes as standard input, or as the last argument. */
const RUNNERS: Readonly<Record<string, (text: string) => [string, string[], string]>> = {
  sh: (text) => ['sh', ['-eu', '-c', text], ''],
  python: (text) => ['python3', ['-'], text],
  js: (text) => [process.execPath, ['--input-type=module', '--eval', text], ''],
  ruby: (text) => ['ruby', ['-'], text],
};

/** What an example needs beside its language, and the words for who does not have it. */
const NEEDS: Readonly<Record<string, [string, string[], RegExp, string]>> = {
  'aws-cli': ['aws', ['--version'], /^aws-cli\//, 'no AWS CLI here'],
  'aws-cli-2': ['aws', ['--version'], /^aws-cli\/2\.(2[2-9]|[3-9]\d)\./, 'no AWS CLI 2.22 or later here'],
  boto3: [
    'python3',
    ['-c', 'import boto3; print(boto3.__version__)'],
    /^1\.(2[89]|[3-9]\d)/,
    'no boto3 1.28 or later here',
  ],
  curl: ['curl', ['--version'], /^curl/, 'no curl here'],
  python: ['python3', ['--version'], /^Python 3/, 'no python3 here'],
  ruby: [
    'ruby',
    ['-e', 'require "aws-sdk-core"; puts Aws::CORE_GEM_VERSION'],
    /^3\./,
    'no Ruby with aws-sdk-core here',
  ],
};

/** A busy machine starts programs slowly. */
const PATIENTLY = { withinMs: 100_000 };

it('has an example for every client that this machine may have', () => {
  expect(examples.map(({ name }) => name)).toEqual(
    expect.arrayContaining([...Object.keys(NEEDS), 'aws-sdk-js', 'openid-client']),
  );
});

describe.concurrent('docs/clients.md', () => {
  it.for(examples)(
    'the example "$name" signs a device in',
    async ({ name, language, text }, { skip, onTestFinished }) => {
      const [command, args, expected, otherwise] = NEEDS[name] ?? ['node', ['--version'], /^v/, ''];
      if (!expected.test((await versionOf(command, args)) ?? '')) skip(otherwise);
      // The fleet whose start URL every version of the AWS CLI takes.
      const site = { ...broker(), ...broker().fleets['aws-cli'] };
      const home = makeAwsHome(site);
      onTestFinished(home.remove);
      const { api: API, enrollmentKey: ENROLLMENT_KEY, startUrl: START_URL } = site;

      // An example that uses the profile names it.
      const { AWS_PROFILE: _profile, ...env } = home.env;
      const program = runText(language, text, { ...env, API, ENROLLMENT_KEY, START_URL });
      await approve(broker(), await userCodeIn(program));
      const { code, stdout, stderr } = await program.finished;

      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/signed in|Successfully logged in/);
    },
  );
});

/** The user code that a program prints; a program that ends without one has failed. */
async function userCodeIn(program: Running): Promise<string> {
  const failed = program.finished.then(({ stderr }) => Promise.reject(new Error(`It ended without a code: ${stderr}`)));
  const printed = eventually(async () => /\b[A-Z]{4}-[A-Z]{4}\b/.exec(program.output())?.[0], PATIENTLY);
  failed.catch(() => {});
  return Promise.race([printed, failed]);
}

function runText(language: string, text: string, env: Readonly<Record<string, string>>): Running {
  const runner = RUNNERS[language];
  if (runner === undefined)
    throw new Error(`No runner for ${language}: use one of ${Object.keys(RUNNERS).join(', ')}.`);
  const [command, args, input] = runner(text);
  return startProgram(command, args, { env, input });
}
