import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseBrokerConfig } from '../../lib/config.ts';
import { brokerSchema } from '../../lib/config-schema.ts';
import { settingsTable, withSettingsTable } from '../../lib/settings-table.ts';
import { MINIMAL_CONFIG } from '../support/synth.ts';

const root = new URL('../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), 'utf8');
const props = read('lib/props.ts');
const docs = read('docs/configure.md');

describe('docs/configure.md', () => {
  it('tells of the settings as they are; otherwise run node bin/configure-docs.ts', () => {
    const program = fileURLToPath(new URL('bin/configure-docs.ts', root));

    expect(() => execFileSync(process.execPath, [program, '--check'], { stdio: 'pipe' })).not.toThrow();
  });

  it('has a row for every setting', () => {
    const rows = [...docs.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);

    expect(rows).toEqual(expect.arrayContaining(Object.keys(brokerSchema.shape)));
    expect(rows).toEqual(
      expect.arrayContaining(['fleets.<name>.startUrl', 'domain.truststore', 'webAcl.requestsPerFiveMinutes']),
    );
  });

  it('shows only settings that work', () => {
    const shown = [...docs.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, json = '']) => JSON.parse(json) as object);

    expect(shown.length).toBeGreaterThan(3);
    for (const settings of shown) expect(() => parseBrokerConfig({ ...MINIMAL_CONFIG, ...settings })).not.toThrow();
  });
});

describe('the table of settings', () => {
  it('says what a setting means, what to write, and what holds when nothing is written', () => {
    const row = settingsTable(props)
      .split('\n')
      .find((line) => line.startsWith('| `redelivery.window`'));

    expect(row?.split('|').map((cell) => cell.trim())).toEqual([
      '',
      '`redelivery.window`',
      'From a second to an hour after the first delivery.',
      'a time from "1s" to "1h", such as "300s"',
      '`"300s"`',
      '',
    ]);
  });

  it.each([
    [
      'a default that is not the schema’s',
      '@default "300s"',
      '@default "301s"',
      /redelivery\.window has another default/,
    ],
    ['a setting without a description', 'readonly stage?:', 'readonly stages?:', /does not know: stages/],
    [
      'an optional setting that is needed',
      'readonly startUrl:',
      'readonly startUrl?:',
      /startUrl is optional in one of/,
    ],
  ])('is not written with %s', (_, found, replacement, message) => {
    expect(props).toContain(found);
    expect(() => settingsTable(props.replace(found, replacement))).toThrow(message);
  });

  it('is not written into a document without a place for it', () => {
    expect(() => withSettingsTable('# Configure', props)).toThrow(/^the document needs <!-- settings/);
  });
});
