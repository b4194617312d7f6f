import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Outside } from '../../lib/doctor/aws-checks.ts';
import { examine } from '../../lib/doctor/doctor.ts';
import { checkCdkCli, checkNode } from '../../lib/doctor/local-checks.ts';
import { type Finding, reportJson, reportText } from '../../lib/doctor/report.ts';

const HEALTHY: Outside = {
  region: 'eu-west-1',
  callerIdentity: async () => ({ account: '111122223333', arn: 'arn:aws:iam::111122223333:user/platform' }),
  bootstrapVersion: async () => 30,
  status: async () => 404,
};

const failing = async (): Promise<never> => {
  throw new Error('no way out');
};

async function failed(outside: Partial<Outside>, cdkJson?: string): Promise<Finding[]> {
  return (await examine({ ...HEALTHY, ...outside }, cdkJson)).filter((finding) => !finding.ok);
}

function fileWith(content: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'doctor-')), 'cdk.json');
  writeFileSync(file, content);
  return file;
}

describe('the doctor', () => {
  it('finds nothing wrong with a sound account and configuration', async () => {
    expect(await failed({})).toEqual([]);
  });

  it.each<[string, Partial<Outside>, string, string]>([
    ['no Region', { region: undefined }, 'Region', 'AWS_REGION'],
    ['refused credentials', { callerIdentity: failing }, 'Credentials', 'aws sso login'],
    [
      'no bootstrap stack',
      { bootstrapVersion: async () => undefined },
      'Bootstrap',
      'npx cdk bootstrap aws://111122223333/eu-west-1',
    ],
    ['an old bootstrap stack', { bootstrapVersion: async () => 5 }, 'Bootstrap', 'npx cdk bootstrap'],
    ['an unreadable bootstrap version', { bootstrapVersion: failing }, 'Bootstrap', 'ssm:GetParameter'],
  ])('tells %s, and how to mend it', async (_, outside, check, fix) => {
    const findings = await failed(outside);

    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ check, fix: expect.stringContaining(fix) });
  });

  it('tells which addresses of a fleet cannot be reached', async () => {
    const findings = await failed({ status: failing });

    expect(findings.map((finding) => finding.check)).toEqual(['Fleet kiosks, start URL', 'Fleet kiosks, OIDC']);
  });

  it('tells every wrong field of the configuration, and asks nothing of the fleets then', async () => {
    const file = fileWith('{"context":{"broker":{"fleets":{"kiosks":{"startUrl":"foo","region":"bar"}}}}}');

    const findings = await failed({ status: failing }, file);

    expect(findings.map((finding) => finding.check)).toEqual(['Configuration', 'Configuration']);
    expect(findings[0]?.detail).toContain('broker.fleets.kiosks.startUrl');
  });

  it('tells an old Node and the CDK CLI that was published by accident', () => {
    const accident = fileWith('{"version":"3.0.0"}');

    expect(checkNode('20.20.2')).toMatchObject({ ok: false, fix: expect.stringContaining('npm run doctor') });
    expect(checkCdkCli(new URL(`file://${accident}`))).toMatchObject({
      ok: false,
      fix: expect.stringContaining('npm ci'),
    });
    expect(checkCdkCli(new URL('file:///nowhere/package.json'))).toMatchObject({ ok: false, detail: 'not installed' });
  });
});

describe('the report', () => {
  const bad: Finding = { check: 'Region', ok: false, detail: 'none is set', fix: 'Set AWS_REGION.' };

  it('says how to mend each failure, and what to do when there is none', () => {
    expect(reportText([bad])).toBe('FAIL  Region: none is set\n      Set AWS_REGION.\n\n1 of 1 checks failed.');
    expect(reportText([{ check: 'Node', ok: true, detail: '24.21.0' }])).toContain('npx cdk deploy');
  });

  it('is JSON for machines', () => {
    expect(JSON.parse(reportJson([bad]))).toEqual({ ok: false, findings: [bad] });
  });
});
