/** What the comparison uses of oidc-provider, which ships no types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  interface DeviceCode {
    accountId?: string;
    grantId?: string;
    error?: string;
    errorDescription?: string;
    readonly clientId: string;
    save(): Promise<string>;
  }

  interface Grant {
    save(): Promise<string>;
  }

  export class Provider {
    constructor(issuer: string, configuration: object);
    readonly DeviceCode: { findByUserCode(userCode: string): Promise<DeviceCode | undefined> };
    readonly Grant: new (properties: {
      accountId: string;
      clientId: string;
    }) => Grant;
    callback(): RequestListener;
  }
}
