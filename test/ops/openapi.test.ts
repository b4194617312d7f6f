import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import type { clientView, enrollmentKeyView } from '../../lambda/core/registration-views.ts';
import type { sessionView } from '../../lambda/core/session-view.ts';
import type { summaryView } from '../../lambda/core/summary-view.ts';
import { openApiDocument } from '../../lambda/http/openapi.ts';
import { newEnrollmentKey, pageQuery, reasonBody, sessionsQuery, valid } from '../../lambda/http/ops-input.ts';
import { OPERATIONS } from '../../lambda/http/ops-operations.ts';
import type * as answers from '../../lambda/http/ops-schemas.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { brokerTemplate, readable, resourcesOf } from '../support/synth.ts';
import { compile, type DescribedOperation, description, wrongWith } from './described-answers.ts';
import { makeOpsCaller, type OpsCaller } from './ops-caller.ts';

/** Members that a view has and its schema has not: none, or this does not compile. */
type Undescribed<View, Schema extends z.ZodMiniType> = Exclude<keyof View, keyof z.output<Schema>>;
const undescribed: Record<
  | Undescribed<ReturnType<typeof sessionView>, typeof answers.session>
  | Undescribed<ReturnType<typeof clientView>, typeof answers.client>
  | Undescribed<ReturnType<typeof enrollmentKeyView>, typeof answers.enrollmentKey>
  | Undescribed<ReturnType<typeof summaryView>, typeof answers.summary>,
  never
> = {};

const operations = Object.values(description.paths).flatMap((path) => Object.values(path));
const operationOf = (id: string) => operations.find(({ operationId }) => operationId === id) as DescribedOperation;

describe('the description', () => {
  it('has every member that the views have', () => {
    expect(undescribed).toEqual({});
  });

  it('names every operation once, and no other', () => {
    const named = operations.map(({ operationId }) => operationId);

    expect(named.toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
  });

  it('has the very routes that the gateway asks a signature for', () => {
    const template = brokerTemplate();
    const resources = resourcesOf(template, 'AWS::ApiGateway::Resource');
    const pathOf = (ref: unknown): string => {
      const name = readable(ref);
      const found = Object.entries(resources).find(([id]) => id.slice(0, -8) === name)?.[1].Properties;
      return found === undefined ? '' : `${pathOf(found.ParentId)}/${found.PathPart}`;
    };
    const signed = Object.values(resourcesOf(template, 'AWS::ApiGateway::Method'))
      .filter(({ Properties }) => Properties.AuthorizationType === 'AWS_IAM')
      .map(({ Properties }) => pathOf(Properties.ResourceId));

    expect(signed.toSorted()).toEqual(Object.keys(description.paths).toSorted());
  });

  it('has a parameter for each part of a path, and no other', () => {
    for (const [path, methods] of Object.entries(description.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods)) {
        expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath);
      }
    }
  });

  it('refers to nothing that is not there', () => {
    const refs = JSON.stringify(description).match(/"#\/[^"]+"/g) ?? [];
    const missing = refs.filter((ref) => {
      const path = (JSON.parse(ref) as string).slice(2).split('/');
      return (
        path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], description) ===
        undefined
      );
    });

    expect(refs.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  it('is made of schemas that every validator can compile', () => {
    for (const id of Object.keys(description.components.schemas)) {
      expect(() => compile(`description#/components/schemas/${id}`)).not.toThrow();
    }
  });

  it('describes every member and every parameter to people', () => {
    const silent = (operation: DescribedOperation) =>
      (operation.parameters ?? []).filter((one) => 'name' in one && one.description === undefined);

    expect(operations.flatMap(silent)).toEqual([]);
    for (const [id, schema] of Object.entries(description.components.schemas)) {
      const members = Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>);
      const unsaid = members.filter(([, member]) => member.description === undefined && member.$ref === undefined);
      expect([id, unsaid.map(([name]) => name)]).toEqual([id, []]);
    }
  });

  it('lets answers grow, and holds inputs to what is known', () => {
    const { Session, Reason, NewEnrollmentKey } = description.components.schemas;

    expect(Session).not.toHaveProperty('additionalProperties');
    expect([Reason?.additionalProperties, NewEnrollmentKey?.additionalProperties]).toEqual([false, false]);
  });

  it('is the same however often it is made, so that a second deployment changes nothing', () => {
    expect(JSON.stringify(openApiDocument())).toBe(JSON.stringify(openApiDocument()));
  });
});

describe('what the description says of inputs', () => {
  const accepts = (schema: z.ZodMiniType, input: unknown): boolean => {
    try {
      valid(schema, input, 'body');
      return true;
    } catch {
      return false;
    }
  };

  it.each([
    [{ fleet: 'kiosks' }],
    [{ fleet: 'kiosks', lifetimeSeconds: 60, maxUses: 1, note: '' }],
    [{ fleet: 'kiosks', lifetimeSeconds: 59 }],
    [{ fleet: 'kiosks', lifetimeSeconds: 31_536_001 }],
    [{ fleet: 'kiosks', maxUses: 1.5 }],
    [{ fleet: 'kiosks', note: 'x'.repeat(501) }],
    [{ fleet: 'kiosks', more: 1 }],
    [{}],
    [[]],
  ])('holds for the new enrollment key %j', (input) => {
    expect(compile('description#/components/schemas/NewEnrollmentKey')(input)).toBe(accepts(newEnrollmentKey, input));
  });

  it.each([[{ reason: 'x' }], [{ reason: '' }], [{ reason: 7 }], [{}], [{ reason: 'x', more: 1 }]])(
    'holds for the reason %j',
    (input) => {
      expect(compile('description#/components/schemas/Reason')(input)).toBe(accepts(reasonBody, input));
    },
  );

  it('has the parameters that lists take', () => {
    const named = (id: string) =>
      (operationOf(id).parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);

    expect(named('listSessions')).toEqual(Object.keys(sessionsQuery.shape));
    expect(named('listEnrollmentKeys')).toEqual(Object.keys(pageQuery.shape));
    expect(operationOf('listSessions').parameters?.find(({ name }) => name === 'limit')?.schema).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 25,
    });
  });
});

describe('the check of answers', () => {
  const answer = { method: 'GET', route: '/summary', status: 200, contentType: 'application/json' };
  const body = { counts: [], oldestWaiting: null, updatedAt: '2026-11-21T07:00:00.000Z', refreshAfterSeconds: 5 };

  it('finds nothing wrong with what is right', () => {
    expect(wrongWith({ ...answer, body })).toEqual([]);
  });

  it.each([
    ['a member too many', { ...answer, body: { ...body, deviceCode: 'x' } }],
    ['a member too few', { ...answer, body: { ...body, counts: undefined } }],
    ['a time that is none', { ...answer, body: { ...body, updatedAt: 'now' } }],
    ['another content type', { ...answer, body, contentType: 'text/html' }],
    ['a status that is not described', { ...answer, body, status: 201 }],
    ['a body where there is to be none', { ...answer, body, status: 304 }],
  ])('finds %s', (_, wrong) => {
    expect(wrongWith(wrong)).toHaveLength(1);
  });
});

describe('GET /openapi.json', () => {
  let dynalite: Dynalite;
  let ops: OpsCaller;
  beforeAll(async () => {
    dynalite = await startDynalite();
    ops = makeOpsCaller(await dynalite.newTable());
  });
  afterAll(() => dynalite.close());

  it('gives the description with the address that it was reached at', async () => {
    const { body } = await ops.get('/openapi.json');

    expect(body).toEqual({ ...description, servers: [{ url: 'https://api.example.com/v1' }] });
  });
});
