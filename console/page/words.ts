/** What each state is called, what it means, and how it looks: never by colour alone. */

import { END_PHASES, PHASES } from '../../lambda/core/session.ts';
import type { IconName } from './parts/icons.tsx';
import type { ClientState, EnrollmentKeyState, Phase } from './types.ts';

export type Tone = 'waiting' | 'active' | 'good' | 'bad' | 'quiet' | 'warn';

export interface Words {
  readonly label: string;
  readonly meaning: string;
  readonly icon: IconName;
  readonly tone: Tone;
}

export const PHASE_WORDS: Readonly<Record<Phase, Words>> = {
  awaiting_operator: {
    label: 'Needs a person',
    meaning: 'The device shows a code; nobody has opened it yet.',
    icon: 'person',
    tone: 'waiting',
  },
  pending: {
    label: 'Waiting at AWS',
    meaning: 'AWS holds the code; a person has to sign in there and approve it.',
    icon: 'clock',
    tone: 'active',
  },
  authorized: {
    label: 'Approved',
    meaning: 'A person approved; the device has not fetched its token yet.',
    icon: 'check',
    tone: 'good',
  },
  claimed: {
    label: 'Delivered',
    meaning: 'The device has its token.',
    icon: 'delivered',
    tone: 'good',
  },
  denied: { label: 'Denied', meaning: 'A person refused it.', icon: 'cross', tone: 'bad' },
  expired: { label: 'Expired', meaning: 'Nobody approved in time.', icon: 'hourglass', tone: 'quiet' },
  cancelled: { label: 'Cancelled', meaning: 'An operator stopped it.', icon: 'slash', tone: 'quiet' },
  superseded: {
    label: 'Superseded',
    meaning: 'The device asked again; the newer session counts.',
    icon: 'skip',
    tone: 'quiet',
  },
  failed: {
    label: 'Failed',
    meaning: 'It broke for the reason given; the device has to ask again.',
    icon: 'warning',
    tone: 'warn',
  },
};

export const CLIENT_WORDS: Readonly<Record<ClientState, Words>> = {
  active: { label: 'Active', meaning: 'Its requests are answered.', icon: 'check', tone: 'good' },
  locked: { label: 'Locked', meaning: 'Its requests are refused until it is unlocked.', icon: 'lock', tone: 'waiting' },
  revoked: {
    label: 'Revoked',
    meaning: 'Refused for good; the device has to register anew.',
    icon: 'slash',
    tone: 'bad',
  },
  expired: {
    label: 'Expired',
    meaning: 'Its registration has ended; it registers anew by itself.',
    icon: 'hourglass',
    tone: 'quiet',
  },
};

export const KEY_WORDS: Readonly<Record<EnrollmentKeyState, Words>> = {
  active: { label: 'Active', meaning: 'Devices can register with it.', icon: 'check', tone: 'good' },
  revoked: { label: 'Revoked', meaning: 'No device can register with it any more.', icon: 'slash', tone: 'bad' },
  expired: { label: 'Expired', meaning: 'Its time is over.', icon: 'hourglass', tone: 'quiet' },
  used_up: { label: 'Used up', meaning: 'As many devices registered as it allowed.', icon: 'delivered', tone: 'quiet' },
};

/** The phases in which somebody has to do something. */
export const WAITING_PHASES = ['awaiting_operator', 'pending'] as const satisfies readonly Phase[];

/** All phases, in the order that a session goes through them. */
export const ALL_PHASES: readonly Phase[] = PHASES;

/** Whether somebody still has to approve it. */
export const isWaiting = (phase: Phase): boolean => (WAITING_PHASES as readonly Phase[]).includes(phase);

/** Whether an operator can still cancel it. */
export const isCancellable = (phase: Phase): boolean => isWaiting(phase) || phase === 'authorized';

/** Whether it is over without a token. */
export const isEnd = (phase: Phase): boolean => (END_PHASES as readonly Phase[]).includes(phase);

/** Whether a text is a phase. */
export const isPhase = (text: string | undefined): text is Phase =>
  (PHASES as readonly (string | undefined)[]).includes(text);
