/** cfn-lint on the templates of every example: CloudFormation's own schemas, which the CDK does not check against. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { brokerTemplate } from '../support/synth.ts';

const tools = inject('pythonTools');

/** Two Regions stand for those with everything and those with less. */
const REGIONS = ['us-east-1', 'eu-central-1'];

/** A template with a mistake, to see that mistakes are found. */
const WRONG = 'wrong';

function templates(): Record<string, object> {
  const examples = Object.entries(EXAMPLE_CONFIGS).map(([name, config]) => [name, brokerTemplate(config).toJSON()]);
  const { Resources, ...rest } = brokerTemplate().toJSON();
  const wrong = { ...rest, Resources: { ...Resources, Wrong: { Type: 'AWS::SQS::Queue', Properties: { Size: 1 } } } };
  return { ...Object.fromEntries(examples), [WRONG]: wrong };
}

/** What cfn-lint says of the templates, line by line; a line begins with the name of the file. */
function lint(bin: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'broker-lint-'));
  try {
    const files = Object.entries(templates()).map(([name, template]) => {
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(template));
      return `${name}.json`;
    });
    const args = ['--regions', ...REGIONS, '--format', 'parseable', '--', ...files];
    const { stdout, stderr } = spawnSync(join(bin, 'cfn-lint'), args, { cwd: folder, encoding: 'utf8' });
    return (stdout + stderr).split('\n').filter((line) => line !== '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf('missing' in tools)('cfn-lint', () => {
  let said: readonly string[];
  beforeAll(() => {
    if (!('missing' in tools)) said = lint(tools.bin);
  });

  it.each(Object.keys(EXAMPLE_CONFIGS))('finds nothing in the template of %s', (name) => {
    expect(said.filter((line) => line.startsWith(`${name}.json:`))).toEqual([]);
  });

  it('does find what is wrong, and has nothing else to say', () => {
    expect(said).toEqual([expect.stringMatching(/^wrong\.json:.*Size/)]);
  });
});
