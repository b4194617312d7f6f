/** `.local/broker.json`: where a running local broker is, for scripts and for the device programs. */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { DeviceAuth } from '../lambda/core/settings.ts';
import type { TlsFiles } from './tls.ts';

/** How devices of one fleet reach the broker. */
export interface LocalFleet {
  /** `<api>/e/<enrollment key>`: what an unmodified AWS CLI or SDK takes for its SSO OIDC endpoint. */
  readonly deviceEndpoint: string;
  readonly enrollmentKey: string;
  readonly enrollmentKeyId: string;
  readonly startUrl: string;
}

/** The file's content. */
export interface BrokerFile {
  /** Base address of the broker's API, without a trailing slash. */
  readonly api: string;
  /** That of the operators' routes and of the activation page: another one only where devices connect by mutual TLS. */
  readonly operatorsApi: string;
  readonly deviceAuth: DeviceAuth;
  /** Certificates for mutual TLS: paths. */
  readonly tls?: TlsFiles;
  /** The quick start fleet's, like the next two members. */
  readonly deviceEndpoint: string;
  readonly enrollmentKey: string;
  readonly startUrl: string;
  /** Where a person approves. */
  readonly identityCenter: string;
  readonly console: string;
  readonly fleets: Readonly<Record<string, LocalFleet>>;
  readonly aws: {
    /** The endpoint of the AWS stand-ins. */
    readonly endpoint: string;
    readonly tableName: string;
    readonly stateMachineArn: string;
  };
}

/** The file of an earlier start; undefined when there is none, or none that can be read. */
export function readBrokerFile(path: string): Partial<BrokerFile> | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof content === 'object' && content !== null ? content : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the file at once or not at all, readable by its owner alone: it holds enrollment keys. */
export function writeBrokerFile(path: string, content: BrokerFile): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
