/** Bundles the functions' handlers into the folder that is named as the only argument. */
import { bundleHandlers } from '../lib/packaging/handlers.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Name the folder for the bundles: node bin/bundle-handlers.ts <folder>');
  process.exitCode = 1;
} else {
  await bundleHandlers(folder);
}
