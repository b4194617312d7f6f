import { describe, expect, it } from 'vitest';
import { embedded, opened, plainer } from '../../lambda/core/published-schema.ts';

/** A schema after `plainer`, which changes it in place as zod's overrides do. */
function plain<T extends { format?: unknown; pattern?: unknown; maximum?: unknown }>(jsonSchema: T): T {
  plainer({ jsonSchema });
  return jsonSchema;
}

describe('a schema for readers', () => {
  it('says of a time that it is one, and not how its digits stand', () => {
    expect(plain({ type: 'string', format: 'date-time', pattern: '^\\d{4}-' })).toEqual({
      type: 'string',
      format: 'date-time',
    });
  });

  it.each([
    ['of a text of no format', { type: 'string', pattern: '^[A-Z]+$' }],
    ['of another format', { type: 'string', format: 'email', pattern: '@' }],
  ])('keeps the pattern %s', (_, schema) => {
    expect(plain({ ...schema })).toEqual(schema);
  });

  it('has no largest number where any will do', () => {
    expect(plain({ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).toEqual({
      type: 'integer',
      minimum: 0,
    });
  });

  it.each([100, 0, Number.MAX_SAFE_INTEGER - 1])('keeps the largest number where one is meant: %i', (maximum) => {
    expect(plain({ type: 'integer', maximum })).toEqual({ type: 'integer', maximum });
  });
});

describe('a schema that may grow', () => {
  const closed = {
    type: 'object',
    properties: {
      data: { type: 'object', properties: { name: { type: 'string' } }, additionalProperties: false },
      nothing: null,
    },
    additionalProperties: false,
  };

  it('forbids members nowhere, at no depth, and is the same otherwise', () => {
    expect(opened(closed)).toEqual({
      type: 'object',
      properties: { data: { type: 'object', properties: { name: { type: 'string' } } }, nothing: null },
    });
  });

  it('keeps what is said of further members', () => {
    const map = { type: 'object', additionalProperties: { type: 'string' } };
    const any = { type: 'object', additionalProperties: true };

    expect(opened({ properties: { map, any } })).toEqual({ properties: { map, any } });
  });

  it('leaves the one that it was made of as it is', () => {
    const before = structuredClone(closed);

    opened(closed);

    expect(closed).toEqual(before);
  });
});

describe('a schema inside a document', () => {
  it('has no dialect and no id of its own', () => {
    const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'Client', type: 'object' };

    expect(embedded(schema)).toEqual({ type: 'object' });
  });
});
