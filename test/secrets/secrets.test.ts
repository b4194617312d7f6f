import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { authorize, pollToTheEnd, register } from '../e2e/device.ts';
import { SIGNED, sessionIdOf } from '../e2e/operator.ts';
import { readWholeTable } from '../e2e/table-snapshot.ts';
import {
  clumsyDevice,
  credentialsDevice,
  damagedDevice,
  deferredDevice,
  deniedDevice,
  impatientDevice,
  refreshAndRevoke,
  rfcDevice,
  signInBriefly,
  startBriefly,
} from './devices.ts';
import { executionRecords, filesIn, opsAnswers, stepFunctionsClient } from './haystacks.ts';
import { leaksIn, type Needle } from './leaks.ts';
import { collectSecrets, type Secret } from './secret-collector.ts';

/** Everything that was written or said during the run. */
const haystacks = {
  'the terminal': '',
  'the log of the functions': '',
  'the inputs, outputs and histories of the state machine': '',
  'the table': '',
  'what the ops API says while devices wait': '',
  'what the ops API says afterwards': '',
  'the errors that the API answered': '',
  'the other files of the local run': '',
};
type Haystack = keyof typeof haystacks;

/** Told to every part of the broker on purpose, as a name: the search must find it. */
const canary = `canary-${[...randomBytes(12)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('')}`;

const folder = mkdtempSync(join(tmpdir(), 'broker-secrets-'));
const collector = collectSecrets();
const terminal: string[] = [];
let broker: LocalBroker;
let needles: Needle[];
/** The table's files hold every version of every item that there ever was. */
let tableFiles: string;

beforeAll(async () => {
  broker = await startLocalBroker({ dataDir: folder, log: (line) => terminal.push(line) });
  const wrongSecrets = await mixedRun();
  await plantCanary();
  const sfn = stepFunctionsClient(broker);
  haystacks['the inputs, outputs and histories of the state machine'] = await executionRecords(broker, sfn);
  sfn.destroy();
  haystacks['the table'] = JSON.stringify(await readWholeTable(broker));
  haystacks['what the ops API says afterwards'] = await opsAnswers(broker.api);
  const { port } = new URL(broker.api);
  const told = collector.errors.filter((answer) => answer.port === Number(port));
  haystacks['the errors that the API answered'] = told.map(({ text }) => text).join('\n');
  await broker.close();
  haystacks['the terminal'] = terminal.join('\n');
  haystacks['the log of the functions'] = readFileSync(broker.logPath, 'utf8');
  // The app was synthesized before there was a secret; broker.json holds the enrollment keys of this machine on purpose.
  haystacks['the other files of the local run'] = filesIn(
    folder,
    (path) => !/^(cdk\.out|table|lock)\//.test(path) && path !== 'broker.json' && path !== 'broker.log',
  );
  tableFiles = filesIn(folder, (path) => path.startsWith('table/'));
  needles = [
    ...collector.secrets.map((secret) => ({ value: secret.value, kind: kindOf(secret) })),
    ...wrongSecrets.map((value) => ({ value, kind: 'a wrong secret' })),
  ];
}, 180_000);
afterAll(async () => {
  await broker?.close();
  collector.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Devices that meet with everything, most at the same time. @returns wrong secrets that were tried */
async function mixedRun(): Promise<string[]> {
  const expiring = await startBriefly(broker);
  const refreshing = await signInBriefly(broker);
  const [clumsy, credentials] = await Promise.all([
    clumsyDevice(broker),
    credentialsDevice(broker, 'gateways'),
    damagedDevice(broker),
    deferredDevice(broker, 'kiosks'),
    deniedDevice(broker),
    impatientDevice(broker),
    pollToTheEnd(broker, expiring),
    refreshAndRevoke(broker, refreshing),
    rfcDevice(broker),
  ]);
  return [...clumsy, ...credentials];
}

/** Uses the canary for a device's name, a path, a parameter and an execution; ends every session that still waits. */
async function plantCanary(): Promise<void> {
  const { api, aws } = broker;
  const device = await authorize(broker, await register(broker, canary));
  haystacks['what the ops API says while devices wait'] = await opsAnswers(api);
  await fetch(`${api}/${canary}`, { method: 'POST' });
  await fetch(`${api}/sessions?${canary}=1`, { headers: SIGNED });
  const waiting = (await Promise.all(['pending', 'awaiting_operator'].map((phase) => sessionsIn(phase)))).flat();
  expect(waiting).toContain(sessionIdOf(device.deviceCode));
  for (const sessionId of waiting) {
    await fetch(`${api}/sessions/${sessionId}/cancel`, {
      method: 'POST',
      headers: SIGNED,
      body: '{"reason":"a test"}',
    });
  }
  const sfn = stepFunctionsClient(broker);
  const input = JSON.stringify({ cohort: canary, generation: 0, tick: 0, sessionIds: ['none'], waitSeconds: 1 });
  await sfn.send(new StartExecutionCommand({ stateMachineArn: aws.stateMachineArn, input }));
  sfn.destroy();
  // The events come from the table's stream, a moment later.
  while (!terminal.some((line) => line.includes(canary) && line.includes('cancelled'))) await sleep(50);
}

async function sessionsIn(phase: string): Promise<string[]> {
  const answer = await fetch(`${broker.api}/sessions?phase=${phase}&limit=100`, { headers: SIGNED });
  return ((await answer.json()) as { sessions: { sessionId: string }[] }).sessions.map(({ sessionId }) => sessionId);
}

function kindOf({ port, member }: Secret): string {
  const isUpstream = port === Number(new URL(broker.identityCenter).port);
  return `${isUpstream ? "Identity Center's" : "the broker's"} ${member}`;
}

describe('a mixed run of devices', () => {
  it('tells secrets of every kind', () => {
    expect([...new Set(needles.map(({ kind }) => kind))].sort()).toEqual([
      "Identity Center's accesstoken",
      "Identity Center's clientsecret",
      "Identity Center's devicecode",
      "Identity Center's refreshtoken",
      "Identity Center's secretaccesskey",
      "Identity Center's sessiontoken",
      "Identity Center's usercode",
      'a wrong secret',
      "the broker's accesstoken",
      "the broker's clientsecret",
      "the broker's devicecode",
      "the broker's enrollmentkey",
      "the broker's refreshtoken",
      "the broker's usercode",
    ]);
  });

  it('meets with a fault of the broker, too', () => {
    expect(haystacks['the log of the functions']).toContain('"message":"request_failed"');
  });

  it('has its metrics searched, too: they are in the log of the functions', () => {
    expect(haystacks['the log of the functions']).toContain('"CloudWatchMetrics"');
  });

  it.each(Object.keys(haystacks) as Haystack[])('leaves none of them in %s', (haystack) => {
    // Who may approve has to see the codes that wait.
    const allowed = haystack === 'what the ops API says while devices wait' ? /usercode$/ : /^$/;

    expect(
      leaksIn(
        haystacks[haystack],
        needles.filter(({ kind }) => !allowed.test(kind)),
      ),
    ).toEqual([]);
  });

  it('leaves no token, no secret and no code of its own even in the files under the table', () => {
    // What AWS told to a pending session is kept until that settles, and the old versions of an item are in the files.
    const kept = /^Identity Center's (devicecode|usercode)$|usercode$/;

    expect(
      leaksIn(
        tableFiles,
        needles.filter(({ kind }) => !kept.test(kind)),
      ),
    ).toEqual([]);
    expect(
      leaksIn(
        tableFiles,
        needles.filter(({ kind }) => kind === "Identity Center's devicecode"),
      ),
    ).not.toEqual([]);
  });

  it.each(Object.keys(haystacks) as Haystack[])('would show one in %s', (haystack) => {
    expect(leaksIn(haystacks[haystack], [{ value: canary, kind: 'the canary' }])).toContain('the canary');
  });
});
