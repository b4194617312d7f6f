import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../lambda/core/metrics.ts';
import { dashboardPicture } from '../../lib/watch/dashboard-picture.ts';
import { brokerTemplate, MINIMAL_CONFIG } from '../support/synth.ts';
import { ALARMED_CONFIG, templateOf } from './alarmed-template.ts';

const PROJECT = join(import.meta.dirname, '../..');

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly metrics?: (string | { visible?: boolean; expression?: string })[][];
    readonly alarms?: unknown[];
  };
}

/** The widgets of a template's dashboard; names that are known once it is deployed are left as one word. */
function widgetsOf(config: object = MINIMAL_CONFIG): Widget[] {
  const [dashboard] = Object.values(templateOf(config).Resources).filter(
    ({ Type }) => Type === 'AWS::CloudWatch::Dashboard',
  );
  const body = dashboard?.Properties?.DashboardBody as { 'Fn::Join': [string, unknown[]] };
  const parts = body['Fn::Join'][1].map((part) =>
    typeof part === 'string'
      ? part
      : Object.values(part as object)
          .flat()
          .join('.'),
  );
  return (JSON.parse(parts.join('')) as { widgets: Widget[] }).widgets;
}

/** Every metric with its dimensions, once. */
function metricsOf(widgets: readonly Widget[]): string[][] {
  const rows = widgets.flatMap(({ properties }) => properties.metrics ?? []);
  const named = rows.map((row) => row.filter((part) => typeof part === 'string')).filter((names) => names.length > 0);
  return [...new Map(named.map((names) => [names.join(' '), names])).values()];
}

// Two syntheses take a while where much else runs.
beforeAll(() => void [templateOf(MINIMAL_CONFIG), templateOf(ALARMED_CONFIG)], 120_000);

describe('the dashboard', () => {
  it('begins with what matters, then goes on part by part', () => {
    const headings = widgetsOf().flatMap(({ properties }) => /^## (.+)/.exec(properties.markdown ?? '')?.[1] ?? []);

    expect(headings).toEqual([
      'Fleet Token Broker',
      'Sessions',
      'Polling loop',
      'Identity Center',
      'Tokens',
      'API and functions',
      'Table',
    ]);
  });

  it('shows the broker’s metrics by the dimensions that they have', () => {
    const own = metricsOf(widgetsOf()).filter(([namespace]) => namespace === METRIC_NAMESPACE);

    for (const [, name, ...dimensions] of own) {
      const names = dimensions.filter((_, index) => index % 2 === 0);
      expect([name, names.sort()]).toEqual([name, [...METRICS[name as MetricName].dimensions].sort()]);
    }
  });

  it('shows every metric of the broker that is told without an outcome', () => {
    const shown = new Set(metricsOf(widgetsOf()).map(([, name]) => name));

    const hidden = Object.entries(METRICS).filter(
      ([name, { dimensions }]) => !(dimensions as readonly string[]).includes('outcome') && !shown.has(name),
    );
    expect(hidden.map(([name]) => name)).toEqual([]);
  });

  it('has no more metrics than a dashboard may have for free, with one fleet', () => {
    expect(metricsOf(widgetsOf()).length).toBeLessThanOrEqual(50);
  });

  it('shows what waits for each fleet, and what happens as the sum of all', () => {
    const ofTitle = (title: string) => widgetsOf(ALARMED_CONFIG).find(({ properties }) => properties.title === title);
    const lines = (title: string) =>
      (ofTitle(title)?.properties.metrics ?? []).filter(
        (row) => !JSON.stringify(row.at(-1)).includes('"visible":false'),
      );

    expect(lines('Waiting for a person, by fleet')).toHaveLength(4);
    expect(lines('What becomes of sessions')).toHaveLength(7);
  });

  it('shows all alarms at the top when there are any', () => {
    const ofType = (config: object) => widgetsOf(config).filter(({ type }) => type === 'alarm');

    expect(ofType(MINIMAL_CONFIG)).toEqual([]);
    const alarms = Object.values(templateOf().Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
    expect(ofType(ALARMED_CONFIG)[0]?.properties.alarms).toHaveLength(alarms.length);
  });

  it('lets no widget lie on another', () => {
    const widgets = widgetsOf(ALARMED_CONFIG);
    const apart = (a: Widget, b: Widget) =>
      a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

    expect(widgets.every(({ x, width }) => x + width <= 24)).toBe(true);
    expect(widgets.flatMap((a, index) => widgets.slice(index + 1).filter((b) => !apart(a, b)))).toEqual([]);
  });

  it('is left out when nobody wants it', () => {
    brokerTemplate({ ...MINIMAL_CONFIG, dashboard: false }).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });
});

describe('the picture of the dashboard', () => {
  it('has every widget of the template, by its title', () => {
    const picture = dashboardPicture(templateOf());

    for (const { properties } of widgetsOf(ALARMED_CONFIG)) {
      if (properties.title !== undefined) expect(picture).toContain(`>${properties.title}</text>`);
    }
  });

  it('in the docs is that of today’s dashboard', () => {
    const check = () =>
      execFileSync(process.execPath, [join(PROJECT, 'bin/dashboard-picture.ts'), '--check'], { stdio: 'pipe' });

    expect(check).not.toThrow();
  }, 120_000);
});
