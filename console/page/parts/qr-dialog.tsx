import { encode } from 'uqr';
import type { SessionView } from '../types.ts';
import { isWaiting, PHASE_WORDS } from '../words.ts';
import { ApproveLink } from './approve-link.tsx';
import { Badge } from './badge.tsx';
import { Copy } from './copy.tsx';
import { Dialog } from './dialog.tsx';
import { Countdown } from './time.tsx';

/** A QR code, dark on white in both schemes: cameras want it so. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, data } = encode(text, { border: 3 });
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

/** The session's link for a phone, with the code to compare beside it (RFC 8628 §3.3.1). */
export function QrDialog({ session, onClose }: { session: SessionView; onClose: () => void }) {
  const { clientName, phase, verificationUriComplete: link } = session;
  const isOpen = isWaiting(phase) && link !== undefined;
  return (
    <Dialog title={`Approve ${clientName} on a phone`} onClose={onClose}>
      {isOpen ? <Scan session={session} link={link} /> : <Over session={session} />}
      <footer>
        {isOpen && <Copy text={link} what="the link" label="Copy the link" />}
        {isOpen ? (
          <ApproveLink session={session} />
        ) : (
          <button type="button" onClick={onClose}>
            Close
          </button>
        )}
      </footer>
    </Dialog>
  );
}

function Scan({ session, link }: { session: SessionView; link: string }) {
  return (
    <div class="qr-layout">
      <QrCode text={link} label={`Link to approve ${session.clientName}`} />
      <div>
        <p class="user-code large">{session.userCode}</p>
        <p class="quiet">
          Time left <Countdown from={session.createdAt} until={session.expiresAt} />
        </p>
        <ol>
          <li>Scan this with the phone of the person who approves.</li>
          <li>Compare the code with the one on the device itself.</li>
          <li>Approve only if they are the same and you expect this sign-in.</li>
        </ol>
      </div>
    </div>
  );
}

/** It was settled while the dialog was open, by the phone or by somebody else. */
function Over({ session }: { session: SessionView }) {
  const words = PHASE_WORDS[session.phase];
  return (
    <div class="over" role="status">
      <Badge words={words} />
      <p>
        {words.meaning} {session.endReason !== undefined && `Reason: ${session.endReason}`}
      </p>
    </div>
  );
}
