import diagnostics from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS, type MetricName } from '../../lambda/core/metrics.ts';
import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { type Device, decide, poll, pollToTheEnd, register } from '../e2e/device.ts';
import { sessionIdOf, sessionReaches } from '../e2e/operator.ts';
import { metricsIn } from './emf-lines.ts';

type Line = Readonly<Record<string, unknown>>;

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** One device from its request to its token, through API, stream, loop and delivery. */
describe('one sign-in in the functions that are deployed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'broker-observed-'));
  let broker: LocalBroker;
  let device: Device;
  let requestId: string;
  /** What Identity Center was asked, and with which trace. */
  const asked: { path: string; traceparent: unknown }[] = [];
  let lines: Line[];
  const listen = (message: unknown): void => {
    const { url = '', headers, socket } = (message as { request: IncomingMessage }).request;
    if (socket.localPort === Number(new URL(broker.identityCenter).port))
      asked.push({ path: url, traceparent: headers.traceparent });
  };

  beforeAll(async () => {
    broker = await startLocalBroker({ port: 0, dataDir: folder });
    diagnostics.subscribe('http.server.request.start', listen);
    const client = await register(broker, 'kiosk-17');
    const started = await fetch(`${broker.api}/device_authorization`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', traceparent: TRACEPARENT },
      body: JSON.stringify({ ...client, startUrl: broker.startUrl }),
    });
    const { deviceCode, userCode, interval } = (await started.json()) as Record<string, string>;
    device = { ...client, deviceCode: `${deviceCode}`, userCode: `${userCode}`, intervalSeconds: Number(interval) };
    requestId = started.headers.get('x-amzn-requestid') ?? '';
    // The loop is quicker to see the approval than this device, which does not poll before.
    await sleep(3_000);
    await decide(broker.identityCenter, 'approve', device);
    await sessionReaches(broker.api, device.deviceCode, 'authorized');
    await pollToTheEnd(broker, device);
    await poll(broker, { ...device, deviceCode: `${device.deviceCode}x` });
    // What a function prints reaches the log a moment after its answer.
    while (!readFileSync(broker.logPath, 'utf8').includes('RequestsRefused')) await sleep(50);
    await broker.close();
    lines = readFileSync(broker.logPath, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  }, 60_000);
  afterAll(async () => {
    diagnostics.unsubscribe('http.server.request.start', listen);
    await broker?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is found by one correlation id in the log of API, stream, loop and delivery: the id that the device was told', () => {
    const story = lines.filter((line) => JSON.stringify(line).includes(requestId));

    expect(story.map((line) => `${line.function} ${line.message}`)).toEqual([
      'broker-device-api session_started',
      'broker-start-polling cohort_started',
      'broker-poll upstream_polled',
      'broker-poll session_settled',
      'broker-device-api tokens_delivered',
    ]);
  });

  it('has its four fields on every line about it', () => {
    const { clientId, deviceCode } = device;
    const about = { sessionId: sessionIdOf(deviceCode), clientId, fleet: 'local', correlationId: requestId };
    const own = lines.filter(({ sessionId }) => sessionId === about.sessionId);

    expect(own.length).toBeGreaterThan(3);
    for (const line of own) expect(line).toMatchObject(about);
  });

  it('costs few lines, however often it is polled', () => {
    const own = lines.filter(({ sessionId }) => sessionId === sessionIdOf(device.deviceCode));

    expect(own.filter(({ message }) => message === 'upstream_polled').map(({ outcome }) => outcome)).toEqual([
      'tokens',
    ]);
    expect(own.length).toBeLessThan(8);
  });

  it('is counted, by the metrics of the catalogue, in lines that CloudWatch reads', () => {
    const metrics = lines.flatMap((line) => metricsIn(JSON.stringify(line)));

    for (const { name, unit, dimensions } of metrics) {
      const { unit: known, dimensions: names } = METRICS[name as MetricName];
      expect([name, unit, dimensions.map((dimension) => dimension.split('=')[0])]).toEqual([name, known, names]);
    }
    const total = (name: MetricName): number =>
      metrics
        .filter((metric) => metric.name === name)
        .reduce((sum, { values }) => sum + values.reduce((a, b) => a + b), 0);
    expect(
      (['ClientsRegistered', 'SessionsStarted', 'SessionsApproved', 'TokensDelivered', 'RequestsRefused'] as const).map(
        total,
      ),
    ).toEqual([1, 1, 1, 1, 1]);
    expect(total('TimeToApproval')).toBeGreaterThan(2);
    expect(metrics.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['StreamAge', 'PollLag', 'CreateTokenLatency', 'RegistrationSecondsLeft']),
    );
  });

  it('carries the trace of the device’s request to Identity Center, and the loop carries none', () => {
    const traceOf = (path: string): unknown[] =>
      asked.filter((call) => call.path === path).map((call) => call.traceparent);

    expect(traceOf('/device_authorization')).toEqual([TRACEPARENT]);
    expect(new Set(traceOf('/token'))).toEqual(new Set([undefined]));
    expect(JSON.stringify(lines)).not.toContain(TRACEPARENT);
  });
});
