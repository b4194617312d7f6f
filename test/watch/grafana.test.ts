import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { METRIC_NAMESPACE, METRICS, type MetricName, SERVICE_NAME } from '../../lambda/core/metrics.ts';
import { openApiDocument } from '../../lambda/http/openapi.ts';
import { OPERATIONS } from '../../lambda/http/ops-operations.ts';

const read = (name: string) => readFileSync(new URL(`../../grafana/${name}`, import.meta.url), 'utf8');

interface Source {
  readonly type: string;
  readonly uid: string;
}

interface Target {
  readonly refId: string;
  readonly datasource: Source;
  readonly namespace?: string;
  readonly metricName?: string;
  readonly statistic?: string;
  readonly dimensions?: Readonly<Record<string, readonly string[]>>;
  readonly url?: string;
  readonly url_options?: { readonly params: readonly { key: string; value: string }[] };
  readonly root_selector?: string;
  readonly columns?: readonly { readonly selector: string }[];
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: Source;
  readonly targets?: readonly Target[];
}

const dashboard = JSON.parse(read('fleet-token-broker.json')) as {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { name: string; datasource: Source; query: Record<string, unknown> }[];
  };
};
const sources = (parse(read('datasources.yaml')) as { datasources: (Source & Record<string, unknown>)[] }).datasources;
const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
const ofCloudWatch = targets.filter(({ datasource }) => datasource.type === 'cloudwatch');
const ofOpsApi = targets.filter(({ datasource }) => datasource.type === 'yesoreyeram-infinity-datasource');

type Schema = {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
};

const document = openApiDocument() as unknown as {
  readonly paths: Record<
    string,
    Record<
      string,
      {
        parameters?: { name?: string; $ref?: string }[];
        responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
      }
    >
  >;
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly parameters: Record<string, { name: string }>;
  };
};

/** A schema without references and without "or null". */
function resolved(schema: Schema | undefined): Schema | undefined {
  if (schema?.$ref !== undefined) return resolved(document.components.schemas[schema.$ref.split('/').at(-1) ?? '']);
  if (schema?.anyOf !== undefined) return resolved(schema.anyOf.find(({ type }) => type !== 'null'));
  return schema;
}

/** The schema of a member, by a path with dots; of a list, the schema of its items. */
function memberOf(schema: Schema | undefined, path: string): Schema | undefined {
  return path
    .split('.')
    .filter((name) => name !== '')
    .reduce<Schema | undefined>((inner, name) => resolved(resolved(inner)?.properties?.[name]), resolved(schema));
}

describe('the Grafana dashboard', () => {
  it('has panels with ids of their own, each with a title and a place that no other has', () => {
    const { panels } = dashboard;

    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ title }) => title === '')).toEqual([]);
    const overlap = (a: Panel['gridPos'], b: Panel['gridPos']) =>
      a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
    const pairs = panels.flatMap((a, index) => panels.slice(index + 1).map((b) => [a, b] as const));
    expect(pairs.filter(([a, b]) => overlap(a.gridPos, b.gridPos))).toEqual([]);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });

  it('asks only data sources that are provisioned beside it, of their type', () => {
    const known = sources.map(({ uid, type }) => `${type} ${uid}`);
    const asked = [
      ...dashboard.panels.flatMap(({ datasource }) => datasource ?? []),
      ...targets.map(({ datasource }) => datasource),
      ...dashboard.templating.list.map(({ datasource }) => datasource),
    ];

    expect(asked.map(({ uid, type }) => `${type} ${uid}`).filter((source) => !known.includes(source))).toEqual([]);
  });

  it('names the queries of a panel apart', () => {
    for (const { title, targets: own = [] } of dashboard.panels)
      expect([title, new Set(own.map(({ refId }) => refId)).size]).toEqual([title, own.length]);
  });

  it('asks CloudWatch for metrics of the catalogue, by the dimensions that they have', () => {
    expect(ofCloudWatch.length).toBeGreaterThan(20);
    for (const { namespace, metricName, dimensions = {} } of ofCloudWatch) {
      const known = METRICS[metricName as MetricName];
      expect([namespace, metricName, Object.keys(dimensions).sort()]).toEqual([
        METRIC_NAMESPACE,
        metricName,
        [...known.dimensions].sort(),
      ]);
      expect(dimensions.service).toEqual([SERVICE_NAME]);
    }
  });

  it('fills its variable from a metric that every fleet has', () => {
    const [variable] = dashboard.templating.list;

    expect(variable?.query).toMatchObject({ namespace: METRIC_NAMESPACE, dimensionKey: 'fleet' });
    expect(METRICS[variable?.query.metricName as MetricName].dimensions).toContain('fleet');
  });

  it('reads from the ops API only what it has: paths, query parameters and members', () => {
    const paths: readonly string[] = Object.values(OPERATIONS)
      .filter(({ method }) => method === 'GET')
      .map(({ path }) => path);
    expect(ofOpsApi.length).toBeGreaterThan(3);

    for (const { url = '', url_options, root_selector = '', columns = [] } of ofOpsApi) {
      expect(paths).toContain(url);
      const operation = document.paths[url]?.get;
      const parameters = (operation?.parameters ?? []).map(
        ({ name, $ref }) => name ?? document.components.parameters[$ref?.split('/').at(-1) ?? '']?.name,
      );
      for (const { key } of url_options?.params ?? [])
        expect([url, parameters]).toEqual([url, expect.arrayContaining([key])]);

      const answer = Object.values(operation?.responses['200']?.content ?? {})[0]?.schema;
      const root = memberOf(answer, root_selector);
      const item = root?.type === 'array' ? resolved(root.items) : root;
      const unknown = columns.filter(({ selector }) => memberOf(item, selector) === undefined);
      expect([url, unknown]).toEqual([url, []]);
    }
  });
});

describe('the data sources', () => {
  it('sign what they ask the ops API for, as API Gateway wants it', () => {
    const infinity = sources.find(({ uid }) => uid === 'broker-ops-api');

    expect(infinity).toMatchObject({ jsonData: { auth_method: 'aws', aws: { service: 'execute-api' } } });
  });

  it('hold no key of anybody', () => {
    expect(sources.filter((source) => 'secureJsonData' in source)).toEqual([]);
  });
});
