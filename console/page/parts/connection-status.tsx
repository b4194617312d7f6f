/** Whether what is on the screen is true now. */

import type { ApiProblem } from '../api.ts';
import { useTimed } from '../clock.ts';
import { timeOfDay } from '../format.ts';
import { connection, paceSeconds, refreshNow } from '../live.ts';
import { useStore } from '../store.ts';
import type { Tone } from '../words.ts';
import { Icon } from './icons.tsx';

const STALE_AFTER_PACES = 3;
const STALE_AFTER_MS = 10_000;

/** How it is, for the corner of the page. */
export function ConnectionStatus() {
  const { lastOkMs, problem } = useStore(connection);
  // By the clock of this machine: it is how long ago the answer came, not when it was made.
  const isLate = useTimed(
    () => lastOkMs !== undefined && Date.now() - lastOkMs > STALE_AFTER_MS + STALE_AFTER_PACES * 1000 * paceSeconds(),
  );
  const [tone, word] = wordOf(lastOkMs === undefined, isLate, problem);
  return (
    <span class={`connection tone-${tone}`}>
      <span class="pulse" aria-hidden="true" />
      <span role="status">{word}</span>
      {lastOkMs !== undefined && <span class="wide-only quiet">{timeOfDay(lastOkMs)}</span>}
      <button type="button" class="bare" onClick={() => void refreshNow()} title="Refresh now">
        <Icon name="refresh" />
        <span class="unseen">Refresh now</span>
      </button>
    </span>
  );
}

function wordOf(isFirst: boolean, isLate: boolean, problem: ApiProblem | undefined): [Tone, string] {
  if (problem !== undefined) return problem.status === 0 ? ['bad', 'Offline'] : ['waiting', 'Stale'];
  if (isFirst) return ['quiet', 'Connecting'];
  return isLate ? ['waiting', 'Stale'] : ['good', 'Live'];
}

/** What is wrong, above everything, until it is right. */
export function ConnectionBanner() {
  const { lastOkMs, problem } = useStore(connection);
  if (problem === undefined || lastOkMs === undefined) return null;
  return (
    <div class="banner" role="alert">
      <Icon name={problem.status === 0 ? 'offline' : 'warning'} />
      <p>
        <strong>{problem.title}.</strong> {problem.message} <span>You see what was true at {timeOfDay(lastOkMs)}.</span>
      </p>
      <button type="button" onClick={() => void refreshNow()}>
        Try now
      </button>
    </div>
  );
}
