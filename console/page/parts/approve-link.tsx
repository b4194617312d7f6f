import { useTimed } from '../clock.ts';
import type { SessionView } from '../types.ts';
import { isWaiting } from '../words.ts';
import { Icon } from './icons.tsx';

/** Only what a browser opens as a page: an answer must not smuggle in a script. */
export function isWebAddress(text: string | undefined): text is string {
  return text !== undefined && URL.canParse(text) && ['https:', 'http:'].includes(new URL(text).protocol);
}

/** Whether there is something to approve now. */
export function isApprovable(session: SessionView, nowMs: number): boolean {
  return (
    isWaiting(session.phase) && isWebAddress(session.verificationUriComplete) && Date.parse(session.expiresAt) > nowMs
  );
}

/** Leads to the page where a person approves: AWS's own, nobody approves in here. */
export function ApproveLink({ session }: { session: SessionView }) {
  const { verificationUriComplete: link } = session;
  const canApprove = useTimed((nowMs) => isApprovable(session, nowMs));
  if (link === undefined || !canApprove) return null;
  return (
    <a class="button primary" href={link} target="_blank" rel="noopener noreferrer">
      Open AWS to approve
      <Icon name="external" />
      <span class="unseen">
        {session.clientName}, code {session.userCode} (new tab)
      </span>
    </a>
  );
}
