import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Functions, startFunctions } from '../../local/functions.ts';
import type { FunctionDefinition } from '../../local/template.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:Fn';

let functions: Functions | undefined;
let lines: string[] = [];
afterEach(async () => {
  await functions?.close();
  functions = undefined;
});

/** Starts one function with this code as its handler's body. */
async function start(body: string, settings: Partial<FunctionDefinition> = {}, graceMs = 2000) {
  const assetFolder = join(mkdtempSync(join(tmpdir(), 'function-')), 'asset');
  mkdirSync(assetFolder);
  writeFileSync(join(assetFolder, 'index.js'), body);
  writeFileSync(join(assetFolder, 'package.json'), '{"type":"commonjs"}');
  lines = [];
  const definition: FunctionDefinition = {
    name: 'Fn',
    arn: ARN,
    label: 'fn',
    assetFolder,
    handler: 'index.handler',
    environment: { TABLE_NAME: 'Table' },
    timeoutSeconds: 5,
    memoryMegabytes: 256,
    ...settings,
  };
  functions = await startFunctions({
    functions: [definition],
    awsEndpoint: 'http://127.0.0.1:1',
    onLine: (label, line) => lines.push(`${label}: ${line}`),
    graceMs,
  });
  return functions;
}

describe('a function', () => {
  it('gets the event and the context of Lambda, and gives its answer', async () => {
    const { invoke } = await start(`
      exports.handler = async (event, context) => ({ event, name: context.functionName, arn: context.invokedFunctionArn,
        memory: context.memoryLimitInMB, left: context.getRemainingTimeInMillis() });`);

    const invocation = await invoke(ARN, { a: [1] });

    expect(invocation).toMatchObject({
      outcome: 'answered',
      answer: { event: { a: [1] }, name: 'Fn', arn: ARN, memory: '256', left: expect.any(Number) },
    });
  });

  it('has the environment of the template and of the stand-ins, and nothing of this process', async () => {
    process.env.SOMETHING_OF_MINE = 'x';
    const { invoke } = await start('exports.handler = async () => process.env;');

    const { answer } = (await invoke(ARN, {})) as unknown as { answer: Record<string, string> };

    expect(answer).toMatchObject({
      TABLE_NAME: 'Table',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'fn',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_SFN: 'http://127.0.0.1:1',
    });
    expect(answer).not.toHaveProperty('SOMETHING_OF_MINE');
    expect(answer).not.toHaveProperty('HOME');
  });

  it('answers many calls at once, each with its own', async () => {
    const { invoke } = await start(`
      exports.handler = async ({ n }) => { await new Promise((done) => setTimeout(done, 100 - n)); return n; };`);

    const invocations = await Promise.all(Array.from({ length: 50 }, (_, n) => invoke(ARN, { n })));

    expect(invocations).toEqual(Array.from({ length: 50 }, (_, n) => ({ outcome: 'answered', answer: n })));
  });

  it('answers null when its handler returns nothing', async () => {
    const { invoke } = await start('exports.handler = async () => {};');

    expect(await invoke(ARN, {})).toEqual({ outcome: 'answered', answer: null });
  });

  it('fails with the type and the message of what it throws', async () => {
    const { invoke } = await start(`exports.handler = async () => { throw new TypeError('no such thing'); };`);

    expect(await invoke(ARN, {})).toEqual({
      outcome: 'failed',
      errorType: 'TypeError',
      errorMessage: 'no such thing',
    });
  });

  it('times out, while calls beside it are answered and the next finds a fresh one', async () => {
    const { invoke } = await start(
      `let calls = 0;
       exports.handler = async ({ ms }) => { calls += 1; await new Promise((done) => setTimeout(done, ms)); return calls; };`,
      { timeoutSeconds: 0.3 },
    );

    const [slow, quick] = await Promise.all([invoke(ARN, { ms: 5000 }), invoke(ARN, { ms: 100 })]);

    expect([slow, quick]).toEqual([{ outcome: 'timed_out' }, { outcome: 'answered', answer: 2 }]);
    expect(await invoke(ARN, { ms: 1 })).toEqual({ outcome: 'answered', answer: 1 });
  });

  it('that crashes fails its calls under way, and the next finds a fresh one', async () => {
    const { invoke } = await start(
      `exports.handler = async ({ die }) => { if (die) setTimeout(() => { throw new Error('gone'); });
        await new Promise((done) => setTimeout(done, die ? 5000 : 1)); return 'alive'; };`,
    );

    expect(await Promise.all([invoke(ARN, { die: true }), invoke(ARN, { die: true })])).toEqual([
      { outcome: 'crashed' },
      { outcome: 'crashed' },
    ]);
    expect(await invoke(ARN, {})).toEqual({ outcome: 'answered', answer: 'alive' });
    expect(lines.join()).toContain('The function crashed: gone');
  });

  it('prints through the line sink', async () => {
    const { invoke } = await start(`exports.handler = async () => { console.log('out'); console.error('err'); };`);

    await invoke(ARN, {});
    while (lines.length < 2) await sleep(5);

    expect(lines.sort()).toEqual(['fn: err', 'fn: out']);
  });
});

describe('starting and closing', () => {
  it('stops the start with a sentence when a bundle cannot be loaded', async () => {
    await expect(start(`throw new Error('settings.json is missing');`)).rejects.toThrow(
      'The function fn cannot be loaded: settings.json is missing',
    );
  });

  it('stops the start when a bundle has no handler', async () => {
    await expect(start('exports.other = 1;')).rejects.toThrow(
      /The function fn cannot be loaded: .* exports no handler/,
    );
  });

  it('lets calls under way finish', async () => {
    const { invoke, close } = await start(
      'exports.handler = async () => { await new Promise((done) => setTimeout(done, 200)); return 1; };',
    );
    const underWay = invoke(ARN, {});
    await close();

    expect(await underWay).toEqual({ outcome: 'answered', answer: 1 });
  });

  it('waits for them no longer than the grace time', async () => {
    const { invoke, close } = await start('exports.handler = () => new Promise(() => {});', {}, 100);
    const underWay = invoke(ARN, {});
    await close();

    expect(await underWay).toEqual({ outcome: 'crashed' });
  });
});
