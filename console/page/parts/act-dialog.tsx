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

interface Running {
  readonly outcomes: Outcomes;
  readonly failed: readonly ActItem[];
  /** Before, while, and after it is done. */
  readonly stage: 'asking' | 'running' | 'over';
  /** Does it for all, or again for those that failed. @returns how many failed */
  readonly run: (reason: string) => Promise<number>;
}

function useRunning(act: Act, items: readonly ActItem[]): Running {
  const [outcomes, setOutcomes] = useState<Outcomes>({});
  const [stage, setStage] = useState<Running['stage']>('asking');
  const failed = items.filter(({ id }) => hasFailed(outcomes[id]));
  const run = async (reason: string): Promise<number> => {
    setStage('running');
    let failures = 0;
    await forEachOfSeveral(stage === 'over' ? failed : items, AT_ONCE, async ({ id }) => {
      const note = (outcome: Outcome): void => setOutcomes((before) => ({ ...before, [id]: outcome }));
      note('running');
      const outcome = await act.run(id, reason).then((): Outcome => 'done', asOutcome);
      if (hasFailed(outcome)) failures += 1;
      note(outcome);
    });
    setStage('over');
    changed();
    return failures;
  };
  return { outcomes, failed, stage, run };
}

/** The dialog of an act. */
export function ActDialog({ act, items, onClose }: { act: Act; items: readonly ActItem[]; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const { outcomes, failed, stage, run } = useRunning(act, items);
  const isMany = items.length > 1;
  const isDone = stage === 'over' && failed.length === 0;

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (stage === 'running') return;
    const failures = await run(reason.trim());
    if (isMany || failures > 0) return;
    announce(`${items[0]?.label ?? 'It'} is ${act.done}.`);
    onClose();
  };

  const title = isDone ? 'Done' : stage === 'over' ? 'Not everything was done' : act.title;
  return (
    <Dialog title={title} onClose={onClose} mustAnswer={stage === 'running'}>
      <form onSubmit={submit}>
        {stage !== 'over' && <p>{act.warning}</p>}
        {act.reasonHint !== undefined && !isDone && (
          <ReasonField value={reason} hint={act.reasonHint} disabled={stage === 'running'} onChange={setReason} />
        )}
        {isMany && <Results items={items} outcomes={outcomes} done={act.done} />}
        {!isMany && failed.map(({ id }) => <Failure key={id} problem={outcomes[id] as ApiProblem} />)}
        {isMany && stage !== 'asking' && <Tally act={act} items={items} outcomes={outcomes} />}
        <Buttons act={act} stage={stage} isDone={isDone} onClose={onClose} />
      </form>
    </Dialog>
  );
}

interface ButtonsProps {
  readonly act: Act;
  readonly stage: Running['stage'];
  readonly isDone: boolean;
  readonly onClose: () => void;
}

function Buttons({ act, stage, isDone, onClose }: ButtonsProps) {
  return (
    <footer>
      <button type="button" onClick={onClose} disabled={stage === 'running'}>
        {stage === 'over' ? 'Close' : 'Keep as it is'}
      </button>
      {!isDone && (
        <button type="submit" class={act.tone === 'danger' ? 'danger-fill' : 'primary'} disabled={stage === 'running'}>
          {stage === 'running' ? 'Working …' : stage === 'over' ? 'Try again' : act.verb}
        </button>
      )}
    </footer>
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
