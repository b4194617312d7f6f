/** The local run's own broker, for the load generator: keeps nothing, and says where it is. */
import { startLocalBroker } from '../../../local/broker.ts';

/** What the load generator needs of it. */
export interface LatencyBroker {
  readonly api: string;
  readonly deviceEndpoint: string;
  readonly identityCenter: string;
}

const broker = await startLocalBroker({ ephemeral: true });

/** The interval of sessions that start from now on, in seconds: Identity Center says it. */
process.on('message', (intervalSeconds: number) => {
  broker.identityCenterKnobs.intervalSeconds = intervalSeconds;
  process.send?.('set');
});

const { api, deviceEndpoint, identityCenter } = broker;
process.send?.({ api, deviceEndpoint, identityCenter } satisfies LatencyBroker);
