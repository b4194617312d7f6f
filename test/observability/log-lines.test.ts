import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { logFault, logger, observe } from '../../lambda/adapters/observer.ts';
import { REDACTED_FIELDS } from '../../lambda/adapters/redaction.ts';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import { logLevelOf } from '../../lambda/core/log-levels.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import { EVERY_EVENT } from './every-event.ts';

type Line = Readonly<Record<string, unknown>>;

/** What the logger prints, parsed. */
function logged(print: () => void): Line[] {
  const lines: Line[] = [];
  const methods = (['info', 'warn', 'error'] as const).map((method) =>
    vi.spyOn((logger as unknown as { console: Console }).console, method).mockImplementation((line) => {
      lines.push(JSON.parse(String(line)) as Line);
    }),
  );
  onTestFinished(() => methods.forEach((method) => void method.mockRestore()));
  print();
  return lines;
}

const about = { sessionId: 'session-1', clientId: 'client-1', fleet: 'kiosks', correlationId: 'request-1' } as const;
const polled = (own: object): BrokerEvent => ({
  ...{ event: 'upstream_polled', ...about, outcome: 'pending', latencyMs: 80 },
  ...own,
});

describe('the log', () => {
  it('has session, client, fleet and correlation id on every line that is about a session', () => {
    const ofSessions = Object.values(EVERY_EVENT)
      .flat()
      .filter((event) => 'sessionId' in event);

    const lines = logged(() => ofSessions.forEach(observe));

    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line).toMatchObject(about);
  });

  it.each([
    { why: 'as it is almost always', event: polled({}), lines: 0 },
    { why: 'slowly', event: polled({ latencyMs: 1_000 }), lines: 1 },
    { why: 'with slow_down', event: polled({ outcome: 'slow_down' }), lines: 1 },
    { why: 'not at all', event: polled({ outcome: 'timeout', latencyMs: 3_000 }), lines: 1 },
    { why: 'with tokens', event: polled({ outcome: 'tokens' }), lines: 1 },
  ])('has $lines lines of a poll that upstream answers $why', ({ event, lines }) => {
    expect(logged(() => observe(event))).toHaveLength(lines);
  });

  it('has a line of a poll that was late, and none of one that was not', () => {
    const taken = (lagMs: number): BrokerEvent => ({ event: 'poll_taken', ...about, lagMs });

    expect(logged(() => [taken(2_000), taken(60_000)].forEach(observe))).toMatchObject([{ lagMs: 60_000 }]);
  });

  it('has a line of a call that failed before there was a session, and none of one that did not', () => {
    const [registered, started] = EVERY_EVENT.upstream_called;
    const failed = { event: 'upstream_called', operation: 'RegisterClient', outcome: 'timeout', latencyMs: 1 } as const;

    const events = [registered, started, failed].filter((event) => event !== undefined);

    expect(logged(() => events.forEach(observe))).toMatchObject([
      { level: 'WARN', operation: 'RegisterClient', outcome: 'timeout' },
    ]);
  });

  it('tells what cost somebody an approval as an error', () => {
    expect(EVERY_EVENT.approval_lost.map(logLevelOf)).toEqual(['error']);
    expect(EVERY_EVENT.refresh_lost.map(logLevelOf)).toEqual(['error']);
  });
});

describe('redaction', () => {
  it.each([...REDACTED_FIELDS])('hides a field called %s, wherever it is', (name) => {
    const [line] = logged(() => logger.info('test', { facts: { deep: [{ [name]: 'open sesame' }] } }));

    expect(line).toMatchObject({ facts: { deep: [{ [name]: '[redacted]' }] } });
  });

  it.each(['deviceCode', 'device_code', 'Device-Code', 'DEVICECODE'])('knows a field by its name spelt %s', (name) => {
    expect(JSON.stringify(logged(() => logger.info('test', { [name]: 'open sesame' })))).not.toContain('sesame');
  });

  it('hides what is wrapped, whatever it is called', () => {
    const [line] = logged(() => logFault('test', new Error('x'), { harmless: makeSecret('open sesame') }));

    expect(line).toMatchObject({ harmless: '[redacted]' });
  });

  it('leaves every field of every event as it is', () => {
    const lines = logged(() => Object.values(EVERY_EVENT).flat().forEach(observe));

    expect(lines.length).toBeGreaterThan(10);
    expect(JSON.stringify(lines)).not.toContain('[redacted]');
  });

  it('hides the message of a fault: libraries quote what they were given', () => {
    const [line] = logged(() => logFault('test', new Error('bad token: open sesame')));

    expect(line).toMatchObject({ message: 'test', fault: 'Error' });
    expect(JSON.stringify(line)).not.toContain('sesame');
  });
});
