import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleHandlers, overweight } from '../../lib/packaging/handlers.ts';
import { namesTaken } from '../../lib/packaging/named-imports.ts';
import { thirdPartyNotices } from '../../lib/packaging/notices.ts';

const folder = mkdtempSync(join(tmpdir(), 'broker-bundles-'));
afterAll(() => rmSync(folder, { recursive: true }));

const metafile = await bundleHandlers(folder);

describe('the bundles', () => {
  it('stay within their budgets', () => {
    expect(overweight(metafile.outputs)).toEqual([]);
  });

  it('are said to be too heavy, by name and weight, when they are', () => {
    const heavy = Object.fromEntries(
      Object.entries(metafile.outputs).map(([path, output]) => [
        path,
        path.endsWith('poll/index.js') ? { ...output, bytes: 700_001 } : output,
      ]),
    );

    expect(overweight(heavy)).toEqual([
      expect.stringMatching(/^The bundle of poll has 701 KB and may have \d+: .* leave it out or raise the budget in/),
    ]);
  });

  it('leave out how the AWS SDK searches for credentials, streams events and discovers endpoints', () => {
    const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));

    const unused =
      /@aws-sdk\/(nested-clients|credential-provider-(?!env\/)[\w-]+)|event-streams\/|mnemonist|obliterator|credential-provider-imds/;
    expect(inputs.filter((path) => unused.test(path) && !path.startsWith('lib/packaging/'))).toEqual([]);
  });

  it('hold of a library that is loaded later only what is taken from it', () => {
    const ofJose = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/jose/'));
    const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    );

    expect(ofJose.some((path) => path.includes('/jws/'))).toBe(true);
    expect(used.filter((path) => /node_modules\/jose\/.*\/(jwe|jwks)\//.test(path))).toEqual([]);
  });

  it('come with the license of everything that is in them', () => {
    const notices = thirdPartyNotices(metafile, process.cwd());

    expect(notices).toMatch(/^@aws-sdk\/client-kms \d+\.\d+\.\d+ \(Apache-2\.0\)$/m);
    expect(notices).toMatch(/^@middy\/core \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(notices).toContain('Permission is hereby granted, free of charge');
    expect(notices.match(/TERMS AND CONDITIONS FOR USE/g)?.length).toBeLessThan(8);
  });
});

describe('what a module takes from a library that it loads later', () => {
  it('is all that it names, wherever it does', () => {
    const source = "const { b, a } = await import('jose');\nconst {\n  c,\n  a,\n} = await import('jose');";

    expect(namesTaken(source, 'jose')).toEqual(['a', 'b', 'c']);
  });

  it('is everything when it takes the library whole, even once', () => {
    const source = "const { a } = await import('jose');\nconst jose = await import('jose');";

    expect(namesTaken(source, 'jose')).toBeUndefined();
  });
});
