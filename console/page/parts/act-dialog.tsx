/** Asks for the reason of an act, does it for one or for many, and tells what became of each. */

import { useId, useState } from 'preact/hooks';
import { ApiProblem } from '../api.ts';
import { forEachOfSeveral } from '../lists.ts';
import { changed } from '../live.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { announce } from './notices.tsx';

/** One thing that is acted on. */
export interface ActItem {
  readonly id: string;
  readonly label: string;
}

/** What an act says and does. */
export interface Act {
  readonly title: string;
  /** What will happen, before it does. */
  readonly warning: string;
  /** Such as `Cancel the session`. */
  readonly verb: string;
  /** Such as `cancelled`. */
  readonly done: string;
  readonly tone: 'danger' | 'plain';
  /** Undefined: the act takes no reason. */
  readonly reasonHint?: string;
  /** @throws ApiProblem */
  readonly run: (id: string, reason: string) => Promise<unknown>;
}

type Outcome = 'running' | 'done' | ApiProblem;
type Outcomes = Readonly<Record<string, Outcome>>;

/** As many at once as leave the broker's throttle alone. */
const AT_ONCE = 4;

const hasFailed = (outcome: Outcome | undefined): boolean => outcome instanceof ApiProblem;

/** The dialog of an act. */
export function ActDialog({ act, items, onClose }: { act: Act; items: readonly ActItem[]; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [outcomes, setOutcomes] = useState<Outcomes>({});
  const [isRunning, setRunning] = useState(false);
  const isMany = items.length > 1;
  const isStarted = Object.keys(outcomes).length > 0;
  const failed = items.filter(({ id }) => hasFailed(outcomes[id]));
  const isOver = isStarted && !isRunning;

  const run = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isRunning) return;
    setRunning(true);
    const todo = isStarted ? failed : items;
    const problems: ApiProblem[] = [];
    await forEachOfSeveral(todo, AT_ONCE, async ({ id }) => {
      const note = (outcome: Outcome): void => setOutcomes((before) => ({ ...before, [id]: outcome }));
      note('running');
      const outcome = await act.run(id, reason.trim()).then((): Outcome => 'done', asOutcome);
      if (outcome instanceof ApiProblem) problems.push(outcome);
      note(outcome);
    });
    setRunning(false);
    changed();
    if (isMany || problems.length > 0) return;
    announce(`${items[0]?.label ?? 'It'} is ${act.done}.`);
    onClose();
  };

  return (
    <Dialog title={isOver ? (failed.length === 0 ? 'Done' : 'Not everything was done') : act.title} onClose={onClose}>
      <form onSubmit={run}>
        {!isOver && <p>{act.warning}</p>}
        {act.reasonHint !== undefined && !(isOver && failed.length === 0) && (
          <ReasonField value={reason} hint={act.reasonHint} disabled={isRunning} onChange={setReason} />
        )}
        {isMany ? (
          <Results items={items} outcomes={outcomes} done={act.done} />
        ) : (
          failed.map(({ id }) => <Failure key={id} problem={outcomes[id] as ApiProblem} />)
        )}
        {isMany && isStarted && <Tally act={act} items={items} outcomes={outcomes} />}
        <footer>
          <button type="button" onClick={onClose} disabled={isRunning}>
            {isOver ? 'Close' : 'Keep as it is'}
          </button>
          {!(isOver && failed.length === 0) && (
            <button type="submit" class={act.tone === 'danger' ? 'danger-fill' : 'primary'} disabled={isRunning}>
              {isRunning ? 'Working …' : isOver ? 'Try again' : act.verb}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}

function asOutcome(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem(0, 'page_failed', 'The console failed', String(error));
}

interface ReasonFieldProps {
  readonly value: string;
  readonly hint: string;
  readonly disabled: boolean;
  readonly onChange: (value: string) => void;
}

function ReasonField({ value, hint, disabled, onChange }: ReasonFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Reason</label>
      <textarea
        id={id}
        required
        maxLength={500}
        rows={2}
        disabled={disabled}
        value={value}
        aria-describedby={`${id}-hint`}
        onInput={(event) => {
          const { currentTarget } = event;
          currentTarget.setCustomValidity(currentTarget.value.trim() === '' ? 'Write a reason.' : '');
          onChange(currentTarget.value);
        }}
      />
      <small id={`${id}-hint`}>{hint}</small>
    </div>
  );
}

function Failure({ problem }: { problem: ApiProblem }) {
  return (
    <p class="inline-problem" role="alert">
      <Icon name="warning" />
      <span>{problem.message}</span>
    </p>
  );
}

function Results({ items, outcomes, done }: { items: readonly ActItem[]; outcomes: Outcomes; done: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <ul class="results" tabIndex={0} aria-label="Selected">
      {items.map(({ id, label }) => {
        const outcome = outcomes[id];
        return (
          <li key={id} class={hasFailed(outcome) ? 'tone-bad' : outcome === 'done' ? 'tone-good' : ''}>
            <span class="result-name">{label}</span>
            <span class="result-outcome">
              {outcome === 'running' && 'working …'}
              {outcome === 'done' && (
                <>
                  <Icon name="check" /> {done}
                </>
              )}
              {outcome instanceof ApiProblem && (
                <>
                  <Icon name="warning" /> {outcome.message}
                </>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Tally({ act, items, outcomes }: { act: Act; items: readonly ActItem[]; outcomes: Outcomes }) {
  const done = items.filter(({ id }) => outcomes[id] === 'done').length;
  const failed = items.filter(({ id }) => hasFailed(outcomes[id])).length;
  return (
    <p class="tally" role="status">
      <progress max={items.length} value={done + failed} aria-label="Progress" />
      {done} of {items.length} {act.done}
      {failed > 0 && `, ${failed} not`}
    </p>
  );
}
