/** Opens a LevelDB store with the library that dynalite keeps the table in, to learn whether it can be opened. */

import { createRequire } from 'node:module';

/** What opening came to. */
export type OpenedStore =
  | { readonly outcome: 'open'; close(): Promise<void> }
  /** A process has it open. The lock goes away with the process, however that ends. */
  | { readonly outcome: 'locked' }
  | { readonly outcome: 'failed'; readonly reason: string };

interface Level {
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the store in a folder, which is made when it is missing. */
export async function openLevelStore(folder: string): Promise<OpenedStore> {
  const ofDynalite = createRequire(createRequire(import.meta.url).resolve('dynalite'));
  const { Level } = ofDynalite('level') as { Level: new (path: string) => Level };
  const store = new Level(folder);
  try {
    await store.open();
  } catch (error) {
    const { cause = error } = error as { cause?: unknown };
    const { code, message } = cause as { code?: unknown; message?: string };
    if (code === 'LEVEL_LOCKED') return { outcome: 'locked' };
    return { outcome: 'failed', reason: message ?? String(cause) };
  }
  return { outcome: 'open', close: () => store.close() };
}
