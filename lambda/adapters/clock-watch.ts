import { isClockWrong } from '../core/clock-check.ts';
import type { Clock } from '../core/ports.ts';

/** The part of an SDK client that takes middleware. */
interface WatchedClient {
  readonly middlewareStack: {
    add(
      middleware: <A, R extends { response: unknown }>(next: (args: A) => Promise<R>) => (args: A) => Promise<R>,
      options: { readonly step: 'deserialize'; readonly name: string },
    ): void;
  };
}

/**
 * Compares the clock with the `Date` of every answer to a client's calls. Functions read the table before they decide
 * anything, so a wrong clock is found before it does harm.
 *
 * @param onWrongClock ends the environment; whatever comes next would be decided by a wrong clock
 */
export function watchClock(client: WatchedClient, clock: Clock, onWrongClock: () => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAtMs = clock.nowMs();
      const result = await next(args);
      const dateMs = Date.parse((result.response as { headers?: Record<string, string> }).headers?.date ?? '');
      if (isClockWrong({ sentAtMs, receivedAtMs: clock.nowMs(), dateMs })) onWrongClock();
      return result;
    },
    { step: 'deserialize', name: 'watchClock' },
  );
}
