import { memoryJournal, readJournal, startJournal } from './journal.ts';

/** A registered client. Its id is the clientId; the secret is kept as a hash. */
export type Registration = {
  readonly id: string;
  readonly secretHash: string;
  readonly clientName: string;
  readonly scopes: readonly string[];
  readonly expiresAtEpochSeconds: number;
};

/** A device authorization. Its id is the device code's hash. `expired` is never stored, time says it. */
export type DeviceCode = {
  readonly id: string;
  readonly userCodeHash: string;
  readonly clientId: string;
  readonly phase: 'pending' | 'approved' | 'denied' | 'redeemed';
  readonly intervalSeconds: number;
  readonly expiresAtEpochMs: number;
  readonly lastPollAtEpochMs: number | null;
  readonly sessionId: string | null;
};

/** A person's portal session, begun by an approval; its tokens die with a logout. */
export type PortalSession = { readonly id: string; readonly endsAtEpochMs: number; readonly loggedOut: boolean };

/** An access token. Its id is its hash. */
export type AccessToken = { readonly id: string; readonly sessionId: string; readonly expiresAtEpochMs: number };

/** A refresh token. Its id is its hash; it ends with the session, or soon after a newer one was issued. */
export type RefreshToken = {
  readonly id: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly usableUntilEpochMs: number;
};

type Tables = {
  registration: Registration;
  deviceCode: DeviceCode;
  session: PortalSession;
  accessToken: AccessToken;
  refreshToken: RefreshToken;
};

/** A record to write, whole: a change of something is the next version of it. */
export type Change = {
  [Table in keyof Tables]: { readonly table: Table; readonly record: Tables[Table] };
}[keyof Tables];

/** Everything the stand-in remembers. Reads are from memory, changes go to the journal first. */
export type Store = {
  registration(id: string): Registration | undefined;
  deviceCode(id: string): DeviceCode | undefined;
  deviceCodeByUserCode(userCodeHash: string): DeviceCode | undefined;
  session(id: string): PortalSession | undefined;
  accessToken(id: string): AccessToken | undefined;
  refreshToken(id: string): RefreshToken | undefined;
  /** Stores changes together: all of them or, if the process dies, none. */
  commit(...changes: Change[]): void;
  close(): void;
};

/** Settled codes are remembered for a day, so that a late poll still hears what became of its code. */
const REMEMBERED_MS = 86_400_000;

/**
 * Opens the store; with a path it first replays the journal and rewrites it without what no answer depends on any more.
 * @throws Error when the journal is damaged.
 */
export function openStore(journalPath: string | undefined, nowEpochMs: number): Store {
  const tables = {
    registration: new Map<string, Registration>(),
    deviceCode: new Map<string, DeviceCode>(),
    session: new Map<string, PortalSession>(),
    accessToken: new Map<string, AccessToken>(),
    refreshToken: new Map<string, RefreshToken>(),
  };
  const codeByUserCode = new Map<string, string>();

  const apply = (change: Change): void => {
    const table: Map<string, Tables[keyof Tables]> = tables[change.table];
    table.set(change.record.id, change.record);
    if (change.table === 'deviceCode') codeByUserCode.set(change.record.userCodeHash, change.record.id);
  };

  const journal = journalPath === undefined ? memoryJournal : recover(journalPath, nowEpochMs, apply);
  return {
    registration: (id) => tables.registration.get(id),
    deviceCode: (id) => tables.deviceCode.get(id),
    deviceCodeByUserCode: (hash) => tables.deviceCode.get(codeByUserCode.get(hash) ?? ''),
    session: (id) => tables.session.get(id),
    accessToken: (id) => tables.accessToken.get(id),
    refreshToken: (id) => tables.refreshToken.get(id),
    commit: (...changes) => {
      journal.append(changes);
      changes.forEach(apply);
    },
    close: () => journal.close(),
  };
}

function recover(path: string, nowEpochMs: number, apply: (change: Change) => void) {
  const newest = new Map<string, Change>();
  for (const entry of readJournal(path) as Change[][]) {
    for (const change of entry) newest.set(`${change.table} ${change.record.id}`, change);
  }
  const kept = [...newest.values()].filter((change) => stillMatters(change, nowEpochMs));
  kept.forEach(apply);
  return startJournal(
    path,
    kept.map((change) => [change]),
  );
}

function stillMatters(change: Change, nowEpochMs: number): boolean {
  switch (change.table) {
    case 'registration':
      return change.record.expiresAtEpochSeconds * 1000 > nowEpochMs;
    case 'deviceCode':
      return change.record.expiresAtEpochMs + REMEMBERED_MS > nowEpochMs;
    case 'session':
      return change.record.endsAtEpochMs + REMEMBERED_MS > nowEpochMs;
    case 'accessToken':
      return change.record.expiresAtEpochMs > nowEpochMs;
    case 'refreshToken':
      return change.record.usableUntilEpochMs > nowEpochMs;
    default:
      return change satisfies never;
  }
}
