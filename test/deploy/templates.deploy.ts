/** cfn-lint on the templates of every example: CloudFormation's own schemas, which the CDK does not check against. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { brokerTemplate } from '../support/synth.ts';

const tools = inject('pythonTools');
const folder = mkdtempSync(join(tmpdir(), 'broker-lint-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two Regions stand for those with everything and those with less. */
const REGIONS = ['us-east-1', 'eu-central-1'];

/** What cfn-lint says of a template: nothing, when all is well. */
function lint(name: string, template: unknown): string {
  if ('missing' in tools) return '';
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(template));
  const args = ['--regions', ...REGIONS, '--format', 'parseable', '--', file];
  const { stdout, stderr } = spawnSync(join(tools.bin, 'cfn-lint'), args, { encoding: 'utf8' });
  return stdout + stderr;
}

describe.skipIf('missing' in tools)('cfn-lint', () => {
  it.each(Object.entries(EXAMPLE_CONFIGS))('finds nothing in the template of %s', (name, config) => {
    expect(lint(name, brokerTemplate(config).toJSON())).toBe('');
  });

  it('does find what is wrong', () => {
    const { Resources, ...rest } = brokerTemplate().toJSON();
    const wrong = { ...rest, Resources: { ...Resources, Wrong: { Type: 'AWS::SQS::Queue', Properties: { Size: 1 } } } };

    expect(lint('wrong', wrong)).toContain('Size');
  });
});
