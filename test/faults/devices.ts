import { sessionIdOf } from '../../lambda/core/device-code.ts';
import { type DeviceAnswer, post } from './device-plane.ts';
import type { Dice } from './dice.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { Functions } from './functions.ts';
import type { FlowSession, Ledger } from './ledger.ts';
import type { VirtualTime } from './virtual-time.ts';
import { type ExpectedAnswer, watchAnswer } from './watch-answers.ts';
import type { SecretWatch } from './watch-sinks.ts';

/** Everything that a device lives in. */
export interface DeviceWorld {
  readonly api: Functions;
  readonly time: VirtualTime;
  readonly faults: FaultPlan;
  readonly ledger: Ledger;
  readonly secrets: SecretWatch;
  /** The key that lets devices of this fleet register. */
  readonly enrollmentKeys: Readonly<Record<string, string>>;
  /** A person has the link of a session, and may act on it. */
  readonly show: (session: FlowSession, dice: Dice) => void;
  /** Until when devices try again, epoch milliseconds: a run must end. */
  readonly untilMs: number;
}

/** The same as DeviceWorld's, for one device. */
interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
}

const RETRY_SECONDS = 5;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** Errors after which a device tries again later (RFC 8628 §3.5; server_error by RFC 6749 §5.2's spirit). */
const WAITING = ['authorization_pending', 'slow_down', 'server_error'];

/** A device's whole life: register, ask, poll until an end, sign in, refresh, leave. */
export async function liveAsDevice(world: DeviceWorld, fleet: string, dice: Dice): Promise<void> {
  const { time, ledger } = world;
  const client = await register();
  if (client === undefined) return;
  let session = await start(client);
  if (session === undefined) return;
  if (dice.chance(0.04)) {
    await time.sleep(dice.between(1_000, 200_000));
    // A reboot: the device forgets, and starts anew.
    session.endedByWill ??= 'superseded';
    session = (await start(client)) ?? session;
  }
  await pollToTheEnd(client, session);

  /** Sends until there is an answer that is none of trouble. */
  async function insist(path: string, members: object, expected: ExpectedAnswer): Promise<DeviceAnswer | undefined> {
    while (time.nowMs() < world.untilMs) {
      const answer = await send(path, members, expected);
      if (answer !== undefined && !WAITING.includes(String(answer.body.error))) return answer;
      await time.sleep(dice.between(1, 2) * RETRY_SECONDS * 1000);
    }
    return undefined;
  }

  /** @returns undefined when no answer came, for whatever reason */
  async function send(path: string, members: object, expected: ExpectedAnswer): Promise<DeviceAnswer | undefined> {
    ledger.tally.requests += 1;
    const sentAtMs = time.nowMs();
    await time.sleep(dice.between(5, 40));
    const invoked = await world.api.invoke((broker) => post(broker, path, members));
    await time.sleep(dice.between(5, 40));
    if (invoked.outcome === 'failed') ledger.violate('7: every answer is one', 'the handler threw');
    if (invoked.outcome !== 'answered') return undefined;
    watchAnswer(ledger, path, invoked.answer, { ...expected, sentAtMs, nowMs: time.nowMs() });
    return world.faults.strikes('answer to the device lost') ? undefined : invoked.answer;
  }

  async function register(): Promise<Client | undefined> {
    const path = `/e/${world.enrollmentKeys[fleet]}/client/register`;
    const answer = await insist(path, { clientName: 'device', clientType: 'public' }, {});
    if (answer?.status !== 200) return undefined;
    const { clientId, clientSecret } = answer.body as unknown as Client;
    world.secrets.learn(clientSecret);
    return { clientId, clientSecret };
  }

  async function start(client: Client): Promise<FlowSession | undefined> {
    const startUrl = 'https://d-1234567890.awsapps.com/start';
    const answer = await insist('/device_authorization', { ...client, startUrl }, {});
    if (answer?.status !== 200) return undefined;
    const { deviceCode, userCode, expiresIn } = answer.body as Record<string, string>;
    world.secrets.learn(String(deviceCode));
    const started: FlowSession = {
      deviceCode: String(deviceCode),
      sessionId: sessionIdOf(String(deviceCode)),
      clientId: client.clientId,
      fleet,
      userCode: String(userCode),
      toldAtMs: time.nowMs(),
      expiresAtMs: time.nowMs() + Number(expiresIn) * 1000,
      tokenSets: new Set(),
    };
    ledger.sessions.set(started.sessionId, started);
    world.show(started, dice.fork('person'));
    return started;
  }

  async function poll(client: Client, polled: FlowSession): Promise<DeviceAnswer | undefined> {
    const { deviceCode } = polled;
    const answer = await send('/token', { ...client, deviceCode, grantType: DEVICE_GRANT }, { polled });
    if (answer?.status === 200) {
      const { accessToken, refreshToken } = answer.body as Record<string, string>;
      polled.tokenSets.add(`${accessToken} ${refreshToken}`);
      world.secrets.learn(String(accessToken), String(refreshToken));
      ledger.tally.deliveries += 1;
    }
    return answer;
  }

  async function pollToTheEnd(client: Client, polled: FlowSession): Promise<void> {
    // Some devices show their code and sleep: the loop alone polls for them, and they come back to look.
    const isSleeper = dice.chance(0.1);
    const intervalMs = isSleeper ? 180_000 : 5_000;
    let slowedMs = 0;
    let answered = true;
    for (;;) {
      // A poll without an answer is repeated soon, however long the device sleeps otherwise (RFC 8628 §3.5).
      await time.sleep((answered ? intervalMs : 10_000) + slowedMs + dice.between(0, 400));
      const isDouble = dice.chance(0.05);
      const [answer] = await Promise.all([poll(client, polled), isDouble && poll(client, polled)]);
      answered = answer !== undefined;
      if (answer?.body.error === 'slow_down') slowedMs += 5_000;
      if (answer?.status === 200) return signedIn(client, polled, String(answer.body.refreshToken));
      const error = answer?.body.error as string | undefined;
      if (error !== undefined && !WAITING.includes(error)) {
        polled.end = error;
        return;
      }
      if (time.nowMs() > polled.expiresAtMs + 300_000) {
        ledger.violate('4: expired is expired', 'still waiting five minutes after the end', polled.sessionId);
        return;
      }
    }
  }

  async function signedIn(client: Client, polled: FlowSession, handle: string): Promise<void> {
    if (dice.chance(0.2)) {
      // The device has lost what it was given, and asks again within the redelivery window.
      await time.sleep(dice.between(6_000, 60_000));
      await poll(client, polled);
    }
    for (let refreshes = 0; dice.chance(0.4) && refreshes < 3; refreshes += 1) {
      await time.sleep(dice.between(3_000_000, 4_000_000));
      ledger.tally.refreshes += 1;
      const answer = await insist('/token', { ...client, refreshToken: handle, grantType: 'refresh_token' }, {});
      if (answer?.status !== 200) ledger.tally['grants ended'] += 1;
      if (answer?.status !== 200) return;
      world.secrets.learn(String(answer.body.accessToken));
    }
    if (dice.chance(0.1)) await insist('/revoke', { ...client, token: handle }, {});
  }
}
