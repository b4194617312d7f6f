import type { ClientStore } from '../../../lambda/core/client.ts';
import type { EnrollmentKeyStore } from '../../../lambda/core/enrollment-key.ts';
import type { GrantStore } from '../../../lambda/core/grant.ts';
import type { RegistrationStore } from '../../../lambda/core/registration.ts';
import type { Session } from '../../../lambda/core/session.ts';
import type { SessionDirectory } from '../../../lambda/core/session-directory.ts';
import type { SessionStore } from '../../../lambda/core/session-store.ts';
import type { UserCodes } from '../../../lambda/core/user-code.ts';

/** The stores of one empty broker, whatever keeps them. */
export interface Stores {
  readonly sessions: SessionStore;
  readonly directory: SessionDirectory;
  readonly clients: ClientStore;
  readonly grants: GrantStore;
  readonly enrollmentKeys: EnrollmentKeyStore;
  readonly registrations: RegistrationStore;
  readonly userCodes: UserCodes;
}

/** Opens empty stores. */
export type OpenStores = () => Promise<Stores>;

/** Stores a session and hands it back. */
export async function stored(stores: Stores, session: Session): Promise<Session> {
  await stores.sessions.create(session);
  return session;
}

/** As many calls at once, and what they came to. */
export function atOnce<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}
