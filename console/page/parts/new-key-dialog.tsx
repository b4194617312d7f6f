/** Makes an enrollment key and tells it, once. */

import { useId, useState } from 'preact/hooks';
import { ApiProblem, act } from '../api.ts';
import { changed, summary } from '../live.ts';
import { useStore } from '../store.ts';
import type { EnrollmentKeyView, NewEnrollmentKey } from '../types.ts';
import { Copy } from './copy.tsx';
import { Dialog } from './dialog.tsx';
import { fleetsIn } from './filters.tsx';
import { Icon } from './icons.tsx';

const DAY_SECONDS = 86_400;

const LIFETIMES = [
  ['1 day', DAY_SECONDS],
  ['7 days', 7 * DAY_SECONDS],
  ['30 days', 30 * DAY_SECONDS],
  ['90 days', 90 * DAY_SECONDS],
  ['1 year', 365 * DAY_SECONDS],
] as const;

const DEFAULT_LIFETIME = 30 * DAY_SECONDS;

interface NewKeyDialogProps {
  /** Base address of the broker's API. */
  readonly api: string;
  /** The keys that are there: their fleets can be chosen. */
  readonly keys: readonly EnrollmentKeyView[];
  readonly onClose: () => void;
}

/** The dialog: first what is wanted, then the key. */
export function NewKeyDialog({ api, keys, onClose }: NewKeyDialogProps) {
  const [made, setMade] = useState<NewEnrollmentKey>();
  return made === undefined ? (
    <Wanted keys={keys} onClose={onClose} onMade={setMade} />
  ) : (
    <Told api={api} made={made} onClose={onClose} />
  );
}

/** The members of the request that the form holds; a limit that is left empty is not sent. */
function requestOf(form: FormData): object {
  const text = (name: string): string => String(form.get(name) ?? '').trim();
  return {
    fleet: text('fleet'),
    lifetimeSeconds: Number(text('lifetime')),
    ...(text('note') !== '' && { note: text('note') }),
    ...(text('maxUses') !== '' && { maxUses: Number(text('maxUses')) }),
  };
}

type WantedProps = Pick<NewKeyDialogProps, 'keys' | 'onClose'> & { onMade: (made: NewEnrollmentKey) => void };

function Wanted({ keys, onClose, onMade }: WantedProps) {
  const fleets = [...new Set([...fleetsIn(useStore(summary)), ...keys.map(({ fleet }) => fleet)])].sort();
  const [problem, setProblem] = useState<ApiProblem>();
  const [isMaking, setMaking] = useState(false);
  const make = async (event: SubmitEvent & { currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    const request = requestOf(new FormData(event.currentTarget));
    setMaking(true);
    setProblem(undefined);
    try {
      const made = await act<NewEnrollmentKey>('/api/enrollment-keys', request);
      changed();
      onMade(made);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      setProblem(error);
      setMaking(false);
    }
  };
  return (
    <Dialog title="New enrollment key" onClose={onClose} mustAnswer={isMaking}>
      <form onSubmit={make}>
        <FleetField fleets={fleets} />
        <OtherFields />
        {problem !== undefined && (
          <p class="inline-problem" role="alert">
            <Icon name="warning" />
            <span>{problem.message}</span>
          </p>
        )}
        <footer>
          <button type="button" onClick={onClose} disabled={isMaking}>
            Make none
          </button>
          <button type="submit" class="primary" disabled={isMaking}>
            {isMaking ? 'Making …' : 'Make the key'}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Fleets that are known from sessions and keys are offered; another may be configured all the same. */
function FleetField({ fleets }: { fleets: readonly string[] }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Fleet</label>
      <input
        id={id}
        name="fleet"
        required
        list={`${id}-known`}
        autocomplete="off"
        aria-describedby={`${id}-hint`}
        defaultValue={fleets.length === 1 ? fleets[0] : ''}
      />
      <datalist id={`${id}-known`}>
        {fleets.map((fleet) => (
          <option key={fleet} value={fleet} />
        ))}
      </datalist>
      <small id={`${id}-hint`}>
        As in the broker's configuration. Devices that register with the key belong to it.
      </small>
    </div>
  );
}

function OtherFields() {
  const id = useId();
  return (
    <>
      <div class="field">
        <label for={`${id}-note`}>Purpose</label>
        <input
          id={`${id}-note`}
          name="note"
          maxLength={500}
          autocomplete="off"
          placeholder="Kiosks of the Leipzig store"
        />
      </div>
      <div class="field-pair">
        <div class="field">
          <label for={`${id}-lifetime`}>Good for</label>
          <select id={`${id}-lifetime`} name="lifetime">
            {LIFETIMES.map(([label, seconds]) => (
              <option key={seconds} value={seconds} selected={seconds === DEFAULT_LIFETIME}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for={`${id}-uses`}>Devices at most</label>
          <input id={`${id}-uses`} name="maxUses" type="number" min={1} max={1_000_000} placeholder="no limit" />
        </div>
      </div>
    </>
  );
}

function Told({ api, made, onClose }: { api: string; made: NewEnrollmentKey; onClose: () => void }) {
  const setting = `AWS_ENDPOINT_URL_SSO_OIDC=${api}/e/${made.enrollmentKey}`;
  return (
    <Dialog title="Copy the key now" onClose={onClose} mustAnswer>
      <p class="inline-warning">
        <Icon name="warning" />
        <span>It is shown this once and kept nowhere. If it is lost, revoke it and make another.</span>
      </p>
      <div class="secret">
        <p class="label">The key, for the fleet {made.fleet}</p>
        <code>{made.enrollmentKey}</code>
        <Copy text={made.enrollmentKey} what="the key" label="Copy the key" />
      </div>
      <div class="secret">
        <p class="label">For an unmodified AWS CLI or SDK on the device</p>
        <code>{setting}</code>
        <Copy text={setting} what="the setting" label="Copy the setting" />
      </div>
      <footer>
        <button type="button" class="primary" onClick={onClose}>
          I have stored it
        </button>
      </footer>
    </Dialog>
  );
}
