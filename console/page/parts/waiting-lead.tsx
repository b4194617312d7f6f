import { counted } from '../format.ts';
import { summary } from '../live.ts';
import { href } from '../route.ts';
import { useStore } from '../store.ts';
import { WAITING_PHASES } from '../words.ts';
import { countIn } from './filters.tsx';
import { Since } from './time.tsx';

/** How many devices wait for a person, and which has waited longest. */
export function WaitingLead() {
  const now = useStore(summary);
  const waiting = countIn(now, WAITING_PHASES);
  const oldest = now?.oldestWaiting ?? undefined;
  return (
    <p class="lead">
      {now === undefined ? 'Counting …' : waiting === 0 ? 'No device waits.' : `${counted(waiting, 'device')} waiting.`}
      {oldest !== undefined && (
        <>
          {' '}
          The longest: <a href={href(['sessions', oldest.sessionId])}>{oldest.clientName}</a>, for{' '}
          <Since iso={oldest.createdAt} />.
        </>
      )}
    </p>
  );
}
