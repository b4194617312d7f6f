/** The folder that the local run keeps everything in, and that one broker at a time may use. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelStore } from './level-store.ts';
import { StartError } from './start-error.ts';

/** A folder that this process holds. */
export interface DataFolder {
  readonly path: string;
  /** Lets it go; a temporary one is deleted. */
  close(): Promise<void>;
}

/** Makes a folder that is deleted when it is let go. */
export function openTemporaryFolder(): DataFolder {
  const path = mkdtempSync(join(tmpdir(), 'fleet-token-broker-'));
  return { path, close: async () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Makes the folder when it is missing, and holds it.
 *
 * @throws StartError when it cannot be written, or another broker holds it
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unwritable(path, (error as Error).message);
  }
  // The lock of an otherwise empty store: the system releases it also when the process is killed.
  const lock = await openLevelStore(join(path, 'lock'));
  switch (lock.outcome) {
    case 'open':
      return { path, close: lock.close };
    case 'locked':
      throw new StartError(
        `Another broker is running on ${path}: stop it first, or start this one with --ephemeral and another --port.`,
      );
    case 'failed':
      throw unwritable(path, lock.reason);
    default:
      throw lock satisfies never;
  }
}

function unwritable(path: string, reason: string): StartError {
  return new StartError(
    `The folder ${path} cannot be written (${reason}): make it writable, or start with --ephemeral, which keeps nothing.`,
  );
}
