import { describe, expect, it } from 'vitest';
import { regionOfRegistration, registrationName } from '../../lambda/core/registration.ts';
import { makeFleet } from '../support/fake-records.ts';

const TARGET = makeFleet();

describe('the name of a registration', () => {
  it.each([
    { what: 'Region', other: makeFleet({ region: 'us-east-1' }) },
    { what: 'scopes', other: makeFleet({ scopes: ['sso:account:access', 'another:scope'] }) },
    { what: 'endpoint', other: makeFleet({ upstreamEndpoint: 'https://oidc.eu-central-1.api.aws' }) },
  ])('is another one for another $what', ({ other }) => {
    expect(registrationName(other)).not.toBe(registrationName(TARGET));
  });

  it('is the same whatever the order of the scopes, and for every fleet with the same target', () => {
    const one = makeFleet({ name: 'kiosks', scopes: ['a', 'b'] });
    const two = makeFleet({ name: 'robots', scopes: ['b', 'a'], startUrl: 'https://d-0987654321.awsapps.com/start' });

    expect(registrationName(one)).toBe(registrationName(two));
  });

  it('says which Region the registration was made in', () => {
    expect(regionOfRegistration(`${registrationName(TARGET)}#0123456789abcdef`)).toBe('eu-central-1');
  });
});
