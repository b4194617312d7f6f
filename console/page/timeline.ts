/** What happened to a session, as steps in order. */

import type { IconName } from './parts/icons.tsx';
import type { Phase, SessionEventView, SessionView } from './types.ts';
import { isEnd, isPhase, isWaiting, PHASE_WORDS, type Tone } from './words.ts';

/** One step. */
export interface Step {
  readonly at: string;
  readonly label: string;
  readonly note?: string;
  readonly icon: IconName;
  readonly tone: Tone;
  /** The phase that it came into. */
  readonly phase?: Phase;
  /** Not yet: it will happen if nothing else does. */
  readonly isAhead?: true;
}

/**
 * The steps of a session: its events where they are at hand, and what the session's own times know beyond them (events are
 * a moment late, and old ones are forgotten).
 *
 * @param events oldest first; undefined where there are none to be had
 */
export function timelineOf(
  session: SessionView,
  events: readonly SessionEventView[] | undefined,
  nowMs: number,
): Step[] {
  const asked: Step = {
    at: session.createdAt,
    label: 'The device asked',
    note: `From ${session.sourceIp}, as ${session.clientName} of the fleet ${session.fleet}`,
    icon: 'key',
    tone: 'quiet',
  };
  const told = stepsOfEvents(events ?? []);
  const phases = new Set(told.map(({ phase }) => phase));
  const own = stepsOfTimes(session).filter(({ phase }) => !phases.has(phase));
  const since = [...told, ...own].sort((a, b) => a.at.localeCompare(b.at));
  return [asked, ...since, ...lastStep(session, nowMs)];
}

function stepsOfEvents(events: readonly SessionEventView[]): Step[] {
  return events.flatMap(({ timestamp, phase, reason }, index) => {
    if (!isPhase(phase)) return [];
    // The first event tells of the asking itself.
    if (index === 0 && isWaiting(phase)) return [];
    return [step(phase, timestamp, reason)];
  });
}

function stepsOfTimes(session: SessionView): Step[] {
  const { activatedAt, authorizedAt, claimedAt, endedAt, phase, activations = 0 } = session;
  return [
    ...(activatedAt === undefined ? [] : [activation(activatedAt, activations)]),
    ...(authorizedAt === undefined ? [] : [step('authorized', authorizedAt)]),
    ...(claimedAt === undefined ? [] : [step('claimed', claimedAt)]),
    ...(isEnd(phase) ? [step(phase, endedAt ?? session.expiresAt, session.endReason)] : []),
  ];
}

function activation(at: string, times: number): Step {
  const note = times > 1 ? `For the ${ordinal(times)} time` : undefined;
  const step = { at, label: 'A person went on to AWS', icon: 'person', tone: 'active', phase: 'pending' } as const;
  return note === undefined ? step : { ...step, note };
}

const ordinal = (number: number): string => `${number}${{ 2: 'nd', 3: 'rd' }[number] ?? 'th'}`;

/** What a phase means once it is past. */
const NOTES: Partial<Readonly<Record<Phase, string>>> = {
  pending: 'A person went on to AWS, which holds a code now.',
  awaiting_operator: 'The code at AWS ended unapproved; the device still waits.',
  authorized: 'A person approved it at AWS.',
  claimed: 'The device fetched its token.',
};

function step(phase: Phase, at: string, reason = ''): Step {
  const { label, meaning, icon, tone } = PHASE_WORDS[phase];
  return { at, phase, label, note: reason === '' ? (NOTES[phase] ?? meaning) : reason, icon, tone };
}

/** How long it lasts: the end of waiting, or of the token that came of it. */
function lastStep({ phase, expiresAt }: SessionView, nowMs: number): Step[] {
  if (isEnd(phase)) return [];
  const end = { at: expiresAt, icon: 'hourglass', tone: 'quiet' } as const;
  if (Date.parse(expiresAt) <= nowMs) return phase === 'claimed' ? [{ ...end, label: 'The token ended' }] : [];
  const label =
    phase === 'claimed'
      ? 'The token ends'
      : phase === 'authorized'
        ? 'Expires, if the device does not fetch its token'
        : 'Expires, if nobody approves';
  return [{ ...end, label, isAhead: true }];
}
