import type { DeviceAnswer } from './device-plane.ts';
import type { FlowSession, Ledger } from './ledger.ts';

/** What is known of the request that an answer belongs to. */
export interface ExpectedAnswer {
  /** The session that was polled; absent when it was another request. */
  readonly polled?: FlowSession;
}

interface Exchange extends ExpectedAnswer {
  /** Epoch milliseconds. */
  readonly sentAtMs: number;
  readonly nowMs: number;
}

/** What a refusal may tell its reader to do. */
const WHAT_TO_DO = /\b(start|wait|poll|register|ask|use|send|try|try again|look)\b/i;

/** Invariants 3, 4, 7 and 9, asked of every answer that leaves the device plane. */
export function watchAnswer(ledger: Ledger, path: string, { status, body }: DeviceAnswer, exchange: Exchange): void {
  const { polled, sentAtMs } = exchange;
  const { error, error_description: description } = body as Record<string, string | undefined>;
  if (status >= 400) {
    if (typeof error !== 'string' || typeof description !== 'string') {
      ledger.violate(
        '7: an OAuth client survives it',
        `${path} answered ${status} without an error`,
        polled?.sessionId,
      );
    } else if (!WHAT_TO_DO.test(description)) {
      ledger.violate('9: every refusal says what to do', description, polled?.sessionId);
    }
    if (path === '/token' && (status === 429 || (status >= 500 && polled !== undefined))) {
      ledger.violate('7: a poll never gets 429 or 5xx', `${status} ${error}`, polled?.sessionId);
    }
  }
  if (polled === undefined) return;
  if (error === 'authorization_pending' && sentAtMs >= polled.expiresAtMs + 1_000) {
    ledger.violate('4: expired is expired', 'pending after the end', polled.sessionId);
  }
  if (error === 'expired_token' && exchange.nowMs < polled.expiresAtMs - 3_000) {
    ledger.violate(
      '4: expired is expired',
      `${polled.expiresAtMs - exchange.nowMs} ms before the end`,
      polled.sessionId,
    );
  }
  if (status === 200 && polled.tokenSets.size > 0) {
    const set = `${String(body.accessToken)} ${String(body.refreshToken)}`;
    if (!polled.tokenSets.has(set)) ledger.violate('3: one code, one token set', 'another set', polled.sessionId);
  }
}
