import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokerProcess, killAllBrokers, startBroker } from './broker-process.ts';
import { type Answer, authorize, type Device, decide, poll, pollToTheEnd, register } from './device.ts';
import { freePort } from './free-ports.ts';
import { identityCenterCalls, identityCenterWitness } from './identity-center-witness.ts';
import { sessionReaches } from './operator.ts';
import { copyProject } from './project-copy.ts';

const project = copyProject();
const witness = identityCenterWitness(project.dataFolder);
const accessTokens = new Map<Device, unknown>();
const startsMs: number[] = [];

let port: number;
let running: BrokerProcess;
let earlyBeforeTheKill: number;
/** At the kill: just started, just approved, and two that have been polling for some time and go on all the while. */
let started: Device;
let approved: Device;
let patient: Device;
let unlucky: Device;
let patientsAnswer: Promise<Answer>;
let unluckysAnswer: Promise<Answer>;

const start = async (): Promise<void> => {
  running = await startBroker(project, ['--port', String(port)]);
  startsMs.push(running.readyAfterMs);
};

/** A power cut, and the power comes back. */
async function killAndStart(): Promise<void> {
  await running.kill();
  await start();
}

const startDevice = async (name: string): Promise<Device> =>
  authorize(running.broker, await register(running.broker, name));

function expectTokens(device: Device, { status, body }: Answer): void {
  expect({ status, body }).toMatchObject({ status: 200, body: { accessToken: expect.stringMatching(/^aoaAAAAA/) } });
  accessTokens.set(device, body.accessToken);
}

/** Waits until upstream has been polled so often. */
async function upstreamPolls(count: number): Promise<void> {
  for (;;) {
    const { calls } = await identityCenterCalls(running.broker.identityCenter);
    if (calls.filter(({ operation }) => operation === 'CreateToken').length >= count) return;
    await sleep(20);
  }
}

beforeAll(async () => {
  port = await freePort();
  await start();
  [patient, unlucky] = (await Promise.all(['patient', 'unlucky'].map(startDevice))) as [Device, Device];
  patientsAnswer = pollToTheEnd(running.broker, patient, 60_000);
  unluckysAnswer = pollToTheEnd(running.broker, unlucky, 60_000);
  await upstreamPolls(4);
  // A session is first polled a second after its start: no answer to this approval can be on its way when the kill comes.
  approved = await startDevice('approved');
  await decide(running.broker.identityCenter, 'approve', approved);
  started = await startDevice('started');
  earlyBeforeTheKill = (await identityCenterCalls(running.broker.identityCenter)).early;
  await killAndStart();
}, 120_000);
afterAll(() => {
  killAllBrokers();
  project.remove();
});

describe('a broker that was killed', { timeout: 60_000 }, () => {
  it('polls by itself for a device that had just started', async () => {
    await decide(running.broker.identityCenter, 'approve', started);

    await sessionReaches(running.broker.api, started.deviceCode, 'authorized');

    expectTokens(started, await poll(running.broker, started));
  });

  it('gives a device that had just been approved its token', async () => {
    expectTokens(approved, await pollToTheEnd(running.broker, approved));
  });

  it('serves devices that were between two polls and went on polling, the refused one too', async () => {
    await decide(running.broker.identityCenter, 'approve', patient);
    await decide(running.broker.identityCenter, 'deny', unlucky);

    expectTokens(patient, await patientsAnswer);
    expect(await unluckysAnswer).toMatchObject({ status: 400, body: { error: 'access_denied' } });
  });

  it('gives each device the very tokens again when it is killed after the delivery', async () => {
    const { deviceEndpoint } = running.broker;
    await killAndStart();

    const again = await Promise.all([...accessTokens.keys()].map((device) => poll(running.broker, device)));

    expect(again.map(({ body }) => body.accessToken)).toEqual([...accessTokens.values()]);
    expect(again).toHaveLength(3);
    expect(running.broker.deviceEndpoint).toBe(deviceEndpoint);
  });

  it('has polled no device code early, before the kill or after', async () => {
    const { early } = await identityCenterCalls(running.broker.identityCenter);

    expect({ earlyBeforeTheKill, early }).toEqual({ earlyBeforeTheKill: 0, early: 0 });
    expect(witness.intervals()).toEqual(new Set([1]));
  });

  it('has had one token set for each approval, and one registration for all', () => {
    expect(witness.tokenSets()).toEqual([1, 1, 1]);
    expect(witness.registrations()).toBe(1);
  });

  it('is ready in less than 15 seconds', () => {
    expect(startsMs).toHaveLength(3);
    expect(Math.min(...startsMs)).toBeLessThan(15_000);
  });
});
