import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrollFleet } from '../../local/enrollment.ts';
import { type Answer, postForm, postJson } from '../clients/support/http.ts';
import { startWireBroker, type WireBroker } from './wire-broker.ts';

/** Devices that sign in at the same time. */
const DEVICES = 50;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const GIVE_UP_MS = 90_000;

/** What a device came to. */
interface Outcome {
  readonly end: string;
  readonly tokens: readonly unknown[];
  readonly answers: readonly Answer[];
}

let broker: WireBroker;
let outcomes: Outcome[];

/** Sends until there is an answer that is none of trouble; every answer is kept. */
async function insist(url: string, body: object, answers: Answer[]): Promise<Answer> {
  for (const giveUpAtMs = Date.now() + GIVE_UP_MS; Date.now() < giveUpAtMs; ) {
    const answer = await postJson(url, body);
    answers.push(answer);
    if (!['server_error', 'slow_down', 'authorization_pending'].includes(String(answer.body.error))) return answer;
    await sleep(1_000 + Math.random() * 300);
  }
  throw new Error('the device gave up');
}

async function liveAsDevice(endpoint: string, startUrl: string, index: number): Promise<Outcome> {
  const answers: Answer[] = [];
  const registered = await insist(
    `${endpoint}/client/register`,
    { clientName: `d${index}`, clientType: 'public' },
    answers,
  );
  const { clientId, clientSecret } = registered.body;
  const started = await insist(`${endpoint}/device_authorization`, { clientId, clientSecret, startUrl }, answers);
  const { deviceCode, userCode } = started.body;
  await sleep(1_000 + Math.random() * 4_000);
  const decision = index % 10 === 0 ? 'deny' : 'approve';
  await postForm(`${broker.identityCenter.url}/${decision}`, { user_code: String(userCode) });
  const poll = { clientId, clientSecret, deviceCode, grantType: DEVICE_GRANT };
  const first = await insist(`${endpoint}/token`, poll, answers);
  if (first.status !== 200) return { end: String(first.body.error), tokens: [], answers };
  const again = await insist(`${endpoint}/token`, poll, answers);
  return { end: 'signed in', tokens: [first.body.accessToken, again.body.accessToken], answers };
}

beforeAll(async () => {
  broker = await startWireBroker(1);
  const { tableProxy, upstreamProxy } = broker;
  for (const proxy of [tableProxy, upstreamProxy]) proxy.setFaults(false);
  const startUrl = broker.identityCenter.startUrl;
  const enrollment = { api: broker.api, operatorsApi: broker.api, fleet: 'local', startUrl, now: Date.now };
  const { deviceEndpoint } = await enrollFleet(enrollment);
  for (const proxy of [tableProxy, upstreamProxy]) proxy.setFaults(true);
  const devices = Array.from({ length: DEVICES }, (_, index) => liveAsDevice(deviceEndpoint, startUrl, index));
  // In the middle of it the table is throttled for some seconds.
  await sleep(4_000);
  tableProxy.throttleUntil(Date.now() + 3_000);
  outcomes = await Promise.all(devices);
}, 150_000);
afterAll(() => broker.close());

describe(`${DEVICES} devices over loopback, with faults between the functions, dynalite and Identity Center`, () => {
  const redeemed = () =>
    broker.identityCenter.calls.filter(({ operation, outcome }) => operation === 'CreateToken' && outcome === 'ok');

  it('everybody who was approved signs in, unless upstream’s one answer got lost', () => {
    const lost = outcomes.filter(({ end }, index) => index % 10 !== 0 && end !== 'signed in');

    expect(lost.map(({ end }) => end).filter((end) => end !== 'invalid_grant')).toEqual([]);
    expect(lost.length).toBeLessThanOrEqual(broker.upstreamProxy.counts.get('answer lost') ?? 0);
  });

  it('everybody who was denied is told so', () => {
    expect(new Set(outcomes.filter((_, index) => index % 10 === 0).map(({ end }) => end))).toEqual(
      new Set(['access_denied']),
    );
  });

  it('a second poll gets the token of the first', () => {
    expect(outcomes.filter(({ tokens: [first, again] }) => first !== again)).toEqual([]);
  });

  it('each approval was redeemed once, and no poll came early', () => {
    const codes = redeemed().map(({ codeHash }) => codeHash);
    expect(new Set(codes).size).toBe(codes.length);
    expect(broker.identityCenter.calls.early).toBe(0);
  });

  it('every answer is one that an OAuth client survives', () => {
    const answers = outcomes.flatMap((outcome) => outcome.answers);
    expect(answers.filter(({ status, body }) => status >= 400 && typeof body.error !== 'string')).toEqual([]);
    expect(answers.filter(({ status }) => status === 429)).toEqual([]);
  });

  it('there were faults of every kind', () => {
    const { tableProxy, upstreamProxy } = broker;
    const kinds = new Set([...tableProxy.counts.keys(), ...upstreamProxy.counts.keys()]);
    expect([...kinds].sort()).toEqual(['5xx', 'answer lost', 'latency', 'reset', 'throttle']);
  });
});
