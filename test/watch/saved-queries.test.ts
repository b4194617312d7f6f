import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logFault, logger, observe } from '../../lambda/adapters/observer.ts';
import { SAVED_QUERIES, type SavedQuery } from '../../lib/watch/saved-queries.ts';
import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { authorize, decide, poll, pollToTheEnd, register } from '../e2e/device.ts';
import { sessionIdOf, sessionReaches } from '../e2e/operator.ts';
import { metricsIn } from '../observability/emf-lines.ts';
import { EVERY_EVENT } from '../observability/every-event.ts';
import { brokerTemplate, readable, resourcesOf } from '../support/synth.ts';
import { alarmsOf, statesOf } from './alarm-evaluator.ts';
import { templateOf } from './alarmed-template.ts';
import { samplesOf } from './observed-run.ts';

type Line = Readonly<Record<string, unknown>>;

const QUERIES = Object.entries<SavedQuery>(SAVED_QUERIES);

/** Words of the query language, and names that a query gives to its own results. */
function fieldsOf({ lines }: SavedQuery): string[] {
  const text = lines.join('\n').replaceAll(/"[^"]*"/g, '');
  const own = new Set([...text.matchAll(/ as (\w+)/g)].map(([, name]) => name));
  const language = /^(fields|filter|sort|limit|stats|by|as|and|or|in|like|asc|desc|count|max|avg|latest|bin|5m|\d+)$/;
  return [...new Set(text.match(/[@\w][\w.@]*/g) ?? [])].filter((word) => !language.test(word) && !own.has(word));
}

/** CloudWatch Logs has these of every line, whatever is in it. */
const DISCOVERED = new Set(['@timestamp', '@message', '@log']);

/** What a line has under a name of the query language: members of members with dots. */
const memberOf = (line: Line, field: string): unknown =>
  field.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], line);

/** The conditions of a query on one line, for the operators that these queries use. */
function selects({ lines }: SavedQuery, line: Line, parameter = ''): boolean {
  const conditions = lines.filter((each) => each.startsWith('filter ')).flatMap((each) => each.slice(7).split(' and '));
  return conditions.every((condition) => {
    const [, field = '', operator, operand = ''] = /^(\S+) (=|>|in|like) (.+)$/.exec(condition) ?? [];
    const value = memberOf(line, field);
    if (operator === 'like') return JSON.stringify(line).includes(parameter);
    const wanted = JSON.parse(operand) as unknown;
    if (operator === 'in') return (wanted as unknown[]).includes(value);
    return operator === '>' ? Number(value) > Number(wanted) : value === wanted;
  });
}

/** A line of every kind that there is, as the logger prints it. */
function everyLine(): Line[] {
  const lines: Line[] = [];
  const spies = (['info', 'warn', 'error'] as const).map((method) =>
    vi.spyOn((logger as unknown as { console: Console }).console, method).mockImplementation((line) => {
      lines.push(JSON.parse(String(line)) as Line);
    }),
  );
  Object.values(EVERY_EVENT).flat().forEach(observe);
  observe({
    ...{ event: 'upstream_polled', sessionId: 's', clientId: 'c', fleet: 'kiosks' },
    ...{ outcome: 'timeout', latencyMs: 3_000 },
  });
  observe({ event: 'poll_taken', sessionId: 's', clientId: 'c', fleet: 'kiosks', lagMs: 20_000 });
  observe({ event: 'upstream_called', operation: 'RegisterClient', outcome: 'network', latencyMs: 10 });
  logFault('request_failed', new TypeError('x'), { route: '/token' });
  for (const spy of spies) spy.mockRestore();
  return lines;
}

// A synthesis takes a while where much else runs.
beforeAll(() => void [brokerTemplate(), templateOf()], 120_000);

describe('the saved queries', () => {
  it('are in the account in a folder of the stack’s name, over the logs of every function', () => {
    const made = Object.values(resourcesOf(brokerTemplate(), 'AWS::Logs::QueryDefinition'));

    expect(made.map(({ Properties }) => readable(Properties.Name)).sort()).toEqual(
      QUERIES.map(([, { name }]) => `{StackName}/${name}`).sort(),
    );
    for (const { Properties } of made) expect(Properties.LogGroupNames).toHaveLength(7);
  });

  it.each(QUERIES)('%s asks for its parameter by name, and for no other', (_id, { lines, parameter }) => {
    const asked = [...lines.join('\n').matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);

    expect(asked).toEqual(parameter === undefined ? [] : [parameter.name]);
  });

  it.each(QUERIES)('%s names only fields that lines of the log have', (_id, query) => {
    const lines = everyLine();

    const unknown = fieldsOf(query).filter(
      (field) => !DISCOVERED.has(field) && !lines.some((line) => memberOf(line, field) !== undefined),
    );
    expect(unknown).toEqual([]);
  });

  it.each(QUERIES)('%s finds something among all lines that there are, and not everything', (_id, query) => {
    const lines = everyLine();

    const found = lines.filter((line) => selects(query, line, 'session-1'));

    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(lines.length);
  });
});

describe('in the log of a sign-in in the functions that are deployed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'broker-queried-'));
  let broker: LocalBroker;
  let lines: Line[];
  let about: { sessionId: string; clientId: string; correlationId: string };

  beforeAll(async () => {
    broker = await startLocalBroker({ port: 0, dataDir: folder });
    const device = await authorize(broker, await register(broker, 'kiosk-17'));
    await decide(broker.identityCenter, 'approve', device);
    await sessionReaches(broker.api, device.deviceCode, 'authorized');
    await pollToTheEnd(broker, device);
    await poll(broker, { ...device, deviceCode: `${device.deviceCode}x` });
    await broker.close();
    lines = readFileSync(broker.logPath, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const sessionId = sessionIdOf(device.deviceCode);
    const started = lines.find((line) => line.message === 'session_started');
    about = { sessionId, clientId: device.clientId, correlationId: String(started?.correlationId) };
  }, 120_000);
  afterAll(async () => {
    await broker?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const storyOf = (query: SavedQuery, parameter: string) =>
    lines.filter((line) => selects(query, line, parameter)).map(({ message }) => message);

  it('One session tells its whole story, from its start to its delivery', () => {
    expect(storyOf(SAVED_QUERIES.OneSession, about.sessionId)).toEqual(
      expect.arrayContaining(['session_started', 'cohort_started', 'session_settled', 'tokens_delivered']),
    );
  });

  it('One correlation id and One device tell it, too', () => {
    for (const [query, id] of [
      [SAVED_QUERIES.OneRequest, about.correlationId],
      [SAVED_QUERIES.OneDevice, about.clientId],
    ] as const)
      expect(storyOf(query, id)).toEqual(
        expect.arrayContaining(['session_started', 'session_settled', 'tokens_delivered']),
      );
  });

  it('Refusals by reason has the code that was wrong', () => {
    const refused = lines.filter((line) => selects(SAVED_QUERIES.Refusals, line));

    expect(refused).toMatchObject([{ refused: 'invalid_grant', route: '/token' }]);
  });

  it('there is no trouble, no fault and no loss, and no alarm goes off', () => {
    const trouble = [SAVED_QUERIES.UpstreamTrouble, SAVED_QUERIES.Faults, SAVED_QUERIES.Lost] as const;
    expect(lines.filter((line) => trouble.some((query) => selects(query, line)))).toEqual([]);

    const samples = lines.flatMap((line) => samplesOf(metricsIn(JSON.stringify(line)), timeOf(line)));
    expect(samples.length).toBeGreaterThan(5);
    const wentOff = alarmsOf(templateOf()).filter((alarm) => statesOf(alarm, samples).includes('ALARM'));
    expect(wentOff.map(({ name }) => name)).toEqual([]);
  });

  const timeOf = ({ _aws }: Line): number => (_aws as { Timestamp?: number } | undefined)?.Timestamp ?? 0;
});
