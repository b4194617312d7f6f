/** Puts the stand-in in the place of `sealing.ts` in this process. Imported before anything that imports the core. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const isSealing = specifier.endsWith('/sealing.ts');
    return isSealing
      ? nextResolve(new URL('./sealing-stand-in.ts', import.meta.url).href, context)
      : nextResolve(specifier, context);
  },
});
