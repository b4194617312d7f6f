import { openDeployedTable } from '../adapters/deployed-table.ts';
import { makeDynamoDbClientStore } from '../adapters/dynamodb-client-store.ts';
import { makeDynamoDbRegistrationStore } from '../adapters/dynamodb-registration-store.ts';
import { makeDynamoDbSessionStore } from '../adapters/dynamodb-session-store.ts';
import { makeDynamoDbUpstreamPace } from '../adapters/dynamodb-upstream-pace.ts';
import { environmentVariable, readSettings } from '../adapters/environment.ts';
import { makeKmsVault } from '../adapters/kms-vault.ts';
import { observe } from '../adapters/observer.ts';
import { makeSsoOidcUpstream } from '../adapters/sso-oidc-upstream.ts';
import { systemClock, systemRandomBytes, systemSleep } from '../adapters/system.ts';
import { observedUpstream } from '../core/observed-upstream.ts';
import { pacedUpstream } from '../core/paced-upstream.ts';
import { makePollSession } from '../core/poll-session.ts';
import { makeRegistrations } from '../core/registration.ts';
import { makeStartUpstream } from '../core/start-upstream.ts';

/**
 * The parts that the device API and the polling function share, wired to AWS once per environment: above all the one step
 * that polls a session.
 *
 * @param directory the folder of the running bundle, where the settings are
 */
export function wireBroker(directory: string) {
  const settings = readSettings(directory);
  const table = openDeployedTable();
  const ports = { clock: systemClock, sleep: systemSleep, randomBytes: systemRandomBytes, observe };
  const pace = makeDynamoDbUpstreamPace(table);
  const called = observedUpstream(makeSsoOidcUpstream(ports.clock), ports);
  const upstream = pacedUpstream(called, { ...ports, pace, callsPerSecond: settings.upstreamCallsPerSecond });
  const vault = makeKmsVault(environmentVariable('REGISTRATION_KEY_ID'));
  const registrations = makeRegistrations({ ...ports, store: makeDynamoDbRegistrationStore(table), upstream, vault });
  const sessions = makeDynamoDbSessionStore(table);
  const clients = makeDynamoDbClientStore(table);
  const startUpstream = makeStartUpstream({ registrations, upstream });
  const pollSession = makePollSession({ ...ports, settings, store: sessions, upstream, registrations });
  return { ...ports, settings, table, upstream, registrations, sessions, clients, startUpstream, pollSession };
}
