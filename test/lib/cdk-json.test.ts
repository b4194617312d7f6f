import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readContext } from '../../lib/cdk-json.ts';
import { parseBrokerConfig } from '../../lib/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'broker-cdk-json-'));
afterAll(() => rmSync(folder, { recursive: true }));

function cdkJson(content: string): string {
  const file = join(folder, 'cdk.json');
  writeFileSync(file, content);
  return file;
}

describe('cdk.json', () => {
  it('as committed holds a configuration that works', () => {
    const config = parseBrokerConfig(readContext().broker);

    expect(config.fleets).toHaveProperty('kiosks.startUrl', 'https://d-1234567890.awsapps.com/start');
  });

  it('gives its context', () => {
    expect(readContext(cdkJson('{"context":{"broker":1,"@aws-cdk/core:flag":true}}'))).toEqual({
      broker: 1,
      '@aws-cdk/core:flag': true,
    });
  });

  it('may have no context', () => {
    expect(readContext(cdkJson('{"app":"node app.ts"}'))).toEqual({});
  });

  it('is refused with broker at its top level, where the CDK would pass over it', () => {
    expect(() => readContext(cdkJson('{"broker":{},"context":{}}'))).toThrow(
      'cdk.json: move "broker" under "context"; the CDK hands an app only what stands there, so at the top level it has no effect.',
    );
  });

  it.each([
    ['{', /^cdk\.json cannot be read: .*\. Correct it and try again\.$/],
    ['[]', /^cdk\.json: write one JSON object/],
    ['{"context":[]}', /^cdk\.json: write "context" as an object/],
  ])('that says %j is refused in one sentence', (content, sentence) => {
    expect(() => readContext(cdkJson(content))).toThrow(sentence);
  });
});
