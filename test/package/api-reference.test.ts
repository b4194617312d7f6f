import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { apiReference } from '../../lib/packaging/api-reference.ts';
import { run } from './run.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

it('docs/api.md is what the docstrings say', async () => {
  await run('node', ['bin/api-docs.ts', '--check'], PROJECT);
});

it('the reference has what an app is written with: settings with their defaults, parts, grants and what goes wrong', () => {
  const reference = apiReference();

  expect(reference).toContain('new FleetTokenBroker(scope: Construct, id: string, props: FleetTokenBrokerProps)');
  expect(reference).toMatch(/^- \*\*`fleets`\*\* \(`Readonly<Record<string, FleetProps>>`\): \w/m);
  expect(reference).toMatch(/^- \*\*`logRetentionDays`\*\* \(`number`, optional\): .* Default: `30`\.$/m);
  expect(reference).toMatch(/^- \*\*`eventBus`\*\* \(`events\.EventBus`\): \w/m);
  expect(reference).toContain('grantReadSessions(grantee: iam.IGrantable): iam.Grant');
  expect(reference).toContain('Throws ConfigError with one sentence for each wrong prop.');
});

it('the reference tells nothing of what is private', () => {
  const [, construct = ''] = apiReference().split(/^## .*$/m);

  expect(construct).toContain('**`apiUrl`**');
  expect(construct).not.toMatch(/`deviceAuth`\*\*|bundles/);
});
