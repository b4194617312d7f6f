import { createHash } from 'node:crypto';
import type { RandomBytes } from '../../lambda/core/ports.ts';

/** Random bytes that are the same in every run: the n-th draw of a seed. */
export function makeFakeRandom(seed = 'fleet'): RandomBytes {
  let draw = 0;
  return (byteCount) => {
    draw += 1;
    return createHash('shake256', { outputLength: byteCount }).update(`${seed} ${draw}`).digest();
  };
}
