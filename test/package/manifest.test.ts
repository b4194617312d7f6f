import type { Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { publishable } from '../../lib/packaging/declarations.ts';
import { type Manifest, publishedManifest } from '../../lib/packaging/manifest.ts';
import manifest from '../../package.json' with { type: 'json' };

/** The metafile of code that imports these modules. */
const importing = (...paths: string[]): Metafile['outputs'] => ({
  'lib/index.js': {
    bytes: 1,
    inputs: {},
    exports: [],
    imports: paths.map((path) => ({ path, kind: 'require-call', external: true })),
  },
});

describe('the manifest of the package', () => {
  const published = (...paths: string[]) => publishedManifest(manifest as unknown as Manifest, importing(...paths));

  it('asks for what the construct imports, and has the CDK from the app', () => {
    const { dependencies, peerDependencies } = published('node:fs', 'zod', 'aws-cdk-lib/aws-iam', 'constructs');

    expect(dependencies).toEqual({ zod: `^${manifest.dependencies.zod}` });
    expect(Object.keys(peerDependencies as object)).toEqual(['aws-cdk-lib', 'constructs']);
  });

  it('brings no Node.js, no tests and no scripts into an app', () => {
    expect(Object.keys(published('zod'))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/optionalDependencies|devDependencies|scripts|private/)]),
    );
  });

  it('is refused when the construct imports what an app would not get', () => {
    expect(() => published('zod', '@acme/left-pad/sub')).toThrow(
      'The construct imports @acme/left-pad, which is not among the dependencies.',
    );
  });
});

describe('a declaration of the package', () => {
  it('imports the compiled modules, each of which is published with it', () => {
    const emitted = `import { type A } from './a.ts';\nexport type B = import('../lambda/core/b.ts').B;\nimport 'zod';`;

    expect(publishable(emitted, 'lib/index.ts')).toEqual({
      text: `import { type A } from './a.js';\nexport type B = import('../lambda/core/b.js').B;\nimport 'zod';`,
      imports: ['lib/a.ts', 'lambda/core/b.ts'],
    });
  });
});
