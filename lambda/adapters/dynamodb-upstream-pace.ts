import { sha256 } from '../core/hashing.ts';
import type { UpstreamPace } from '../core/paced-upstream.ts';
import { paceKey } from './keys.ts';
import { absent, below, either, type Table } from './table.ts';

/** How long a second's count stays, in seconds: nobody asks for it any more. */
const KEPT_SECONDS = 60;

/** Upstream's calls counted in the table: an item for each second, so that an old one needs no resetting. */
export function makeDynamoDbUpstreamPace(table: Table): UpstreamPace {
  return {
    async takeCall(clientId, second, most) {
      const isLeft = either(absent('calls'), below('calls', most));
      const taken = { set: { expiresAt: second + KEPT_SECONDS }, add: { calls: 1 }, when: [isLeft] };
      return (await table.update(paceKey(`${sha256(clientId)}#${second}`), taken)).done;
    },
  };
}
