/** What `import … from 'fleet-token-broker'` gives: the broker as a construct, and the types of what it takes and has. */
export type { ApiDomain } from './api-domain.ts';
export { ConfigError } from './config.ts';
export { FleetTokenBroker } from './fleet-token-broker.ts';
export type {
  AllowFromProps,
  DomainProps,
  DurationText,
  FleetProps,
  FleetTokenBrokerProps,
  PrivateEndpointProps,
  RedeliveryProps,
  ThrottleProps,
  WebAclProps,
} from './props.ts';
export type { SessionTable } from './session-table.ts';
