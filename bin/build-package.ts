/** Builds the package into dist/. */
import { buildPackage } from '../lib/packaging/package.ts';

await buildPackage();
