/** Data of a screen: read when it opens, read again with every heartbeat. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem } from './api.ts';
import { useTick } from './live.ts';

export interface Resource<T> {
  /** What was read last; of the key before while a new one is on its way. */
  readonly data?: T;
  /** Why reading failed, until it succeeds. */
  readonly problem?: ApiProblem;
  /** Whether `data` is not yet what the key asks for. */
  readonly isLoading: boolean;
}

type State<T> = { key: string; data?: T; problem?: ApiProblem };

/**
 * Reads what a screen shows.
 *
 * @param key names what is read; another key is read at once, and what is under way for the old one is forgotten
 * @param load reads it; its result is taken over when it is another object than before
 */
export function useResource<T>(key: string, load: () => Promise<T>): Resource<T> {
  const tick = useTick();
  const [state, setState] = useState<State<T>>({ key: '' });
  const wanted = useRef({ key, tick, load });
  wanted.current = { key, tick, load };
  const underWay = useRef<{ key: string } | undefined>(undefined);

  useEffect(() => {
    const start = async (): Promise<void> => {
      const begun = wanted.current;
      underWay.current = begun;
      const outcome = await begun.load().then(
        (data) => ({ data }),
        (error: unknown) => ({ problem: asProblem(error) }),
      );
      if (underWay.current !== begun) return;
      underWay.current = undefined;
      setState((before) => merge(before, begun.key, outcome));
      // It took longer than a beat: what has been done since may not be in it.
      if (wanted.current.tick !== begun.tick) void start();
    };
    // A list that takes longer than a beat is waited for, not started again and again.
    if (underWay.current?.key !== key) void start();
  }, [key, tick]);
  useEffect(
    () => () => {
      underWay.current = undefined;
    },
    [],
  );

  return { ...state, isLoading: state.key !== key };
}

function merge<T>(before: State<T>, key: string, outcome: { data: T } | { problem: ApiProblem }): State<T> {
  if ('problem' in outcome) return before.key === key ? { ...before, ...outcome } : { key, ...outcome };
  const isSame = before.key === key && before.data === outcome.data && before.problem === undefined;
  return isSame ? before : { key, data: outcome.data };
}

function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem(0, 'page_failed', 'The console failed', `Reload the page. ${String(error)}`);
}
