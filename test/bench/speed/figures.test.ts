import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHARDS } from '../../../lambda/adapters/keys.ts';
import { PHASES } from '../../../lambda/core/session.ts';
import { overweight } from '../../../lib/packaging/handlers.ts';
import { subjectOf } from './aws-calls.ts';
import { type Bundles, makeBundles } from './bundles.ts';
import { callsPerEvent, recordScenes, type Scene, type Stage } from './scenes.ts';

/** Figures that are the same on every machine: they guard what was measured, milliseconds could not. */

let bundles: Bundles;
let stage: Stage;

beforeAll(async () => {
  bundles = await makeBundles();
  stage = await recordScenes(bundles, 2);
});
afterAll(async () => {
  await stage?.close();
  bundles?.remove();
});

function scene(name: string): Scene {
  const found = stage.warm.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no scene ${name}.`);
  return found;
}

const statusOf = ({ answer }: Scene): number => (answer as { statusCode: number }).statusCode;

describe('a request to a warm function', () => {
  it('of a device that waits is one read and nothing else', () => {
    expect(scene('/token, pending').calls.map(({ operation }) => operation)).toEqual(['BatchGetItem', 'BatchGetItem']);
    expect(statusOf(scene('/token, pending'))).toBe(400);
  });

  it('of a device whose poll is due is a read, two writes and one call upstream', () => {
    expect(callsPerEvent(scene('/token, pending and due'), 'DynamoDB')).toBe(3);
    expect(callsPerEvent(scene('/token, pending and due'), 'SsoOidc')).toBe(1);
  });

  it('that claims the tokens is a read and three writes', () => {
    expect(statusOf(scene('/token, claim'))).toBe(200);
    expect(scene('/token, claim').calls.map(({ operation }) => operation)).toEqual([
      'BatchGetItem',
      'UpdateItem',
      'UpdateItem',
      'PutItem',
    ]);
  });

  it('that starts a session is a read, two writes and one call upstream', () => {
    expect(statusOf(scene('/device_authorization'))).toBe(200);
    expect(callsPerEvent(scene('/device_authorization'), 'DynamoDB')).toBe(3);
    expect(callsPerEvent(scene('/device_authorization'), 'SsoOidc')).toBe(1);
  });

  it('that lists sessions asks every partition of the index once, and reads the page at once', () => {
    const subjects = scene('/sessions').calls.map(subjectOf);
    const queries = subjects.filter((subject) => subject.startsWith('DynamoDB.Query '));

    expect(new Set(queries).size).toBe(PHASES.length * SHARDS.length);
    expect(queries).toHaveLength(PHASES.length * SHARDS.length);
    expect(subjects.filter((subject) => subject.startsWith('DynamoDB.BatchGetItem '))).toHaveLength(1);
  });
});

describe('a bundle', () => {
  it('stays within its budget', () => {
    expect(overweight(bundles.metafile.outputs)).toEqual([]);
  });
});
