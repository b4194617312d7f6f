import { beforeAll, describe, expect, it } from 'vitest';
import type { AccessRequest } from './aws-calls.ts';
import { type MixedRun, mixedRun } from './mixed-run.ts';
import { serviceCalls } from './service-calls.ts';
import { isAllowed } from './simulate.ts';
import { grantText, policyOfGrant, type SynthesizedRoles, synthesizedRoles } from './synthesized-roles.ts';

/** Grants that no request can prove, by what they begin with, and why they are given all the same. */
const REASONS: Readonly<Record<string, string>> = {
  'StartPolling: dynamodb:ListStreams ': 'Lambda asks for it before it makes a mapping; IAM knows no resource for it.',
  'AnnounceEndings: dynamodb:GetItem ': 'It looks what is there when its conditional write has lost a race.',
  'PublishEvents: dynamodb:ListStreams ': 'Lambda asks for it before it makes a mapping; IAM knows no resource for it.',
};

let run: MixedRun;
let app: SynthesizedRoles;
let services: readonly AccessRequest[];
beforeAll(async () => {
  run = await mixedRun();
  app = synthesizedRoles(run.template);
  services = serviceCalls(app);
}, 180_000);

const text = ({ role, action, resource }: AccessRequest): string => `${role}: ${action} on ${resource}`;

async function refused(requests: readonly AccessRequest[]): Promise<string[]> {
  const answers = await Promise.all(requests.map((request) => isAllowed(request, app.policyOf(request.role), app)));
  return requests.filter((_, index) => !answers[index]).map(text);
}

describe('what functions ask of AWS', () => {
  it('is seen of every function that asks anything', () => {
    const asked = new Set(run.requests.map(({ role }) => role));

    expect([...asked].sort()).toEqual(app.roles.filter((role) => role !== 'PollingLoop').sort());
  });

  it('is allowed by the role of the function that asks, all of it', async () => {
    expect(await refused(run.requests)).toEqual([]);
  });

  it('would be refused of another table, another key, another machine and another bus', async () => {
    const elsewhere = run.requests.map((request) => ({
      ...request,
      resource: request.resource.replace(/Broker/, 'Other'),
    }));

    expect(await refused(elsewhere)).toEqual(elsewhere.map(text));
  });
});

describe('what services do in the name of roles', () => {
  it('is allowed, all of it', async () => {
    expect(await refused(services)).toEqual([]);
  });
});

describe('what is granted', () => {
  it('is all of some use: to a call that was seen, to a service, or for a written reason', async () => {
    const requests = [...run.requests, ...services];

    const unused: string[] = [];
    for (const grant of app.grants) {
      const asked = requests.filter(({ role, action }) => role === grant.role && action === grant.action);
      const uses = await Promise.all(asked.map((request) => isAllowed(request, policyOfGrant(grant), app)));
      if (!uses.includes(true)) unused.push(grantText(grant));
    }

    const unexplained = unused.filter((grant) => !Object.keys(REASONS).some((start) => grant.startsWith(start)));
    expect(unexplained).toEqual([]);
    expect(unused, 'a reason without a grant').toHaveLength(Object.keys(REASONS).length);
  });

  it('lets nobody but the start of the loop and the loop itself start executions', async () => {
    const machine = app.arnOf('BrokerPollingLoopStateMachine');
    const asked = app.roles.map((role) => ({ role, action: 'states:StartExecution', resource: machine, context: {} }));

    const refusedRoles = (await refused(asked)).map((line) => line.split(':')[0]).sort();

    expect(refusedRoles).toEqual(app.roles.filter((role) => !['StartPolling', 'PollingLoop'].includes(role)).sort());
  });

  it('lets the ops API open no registration, and the device API list nothing', async () => {
    const key = app.arnOf('BrokerSessionsKey');
    const table = app.arnOf('BrokerSessionsTable');
    const context = { 'kms:EncryptionContext:purpose': 'registration' };
    const asked = [
      { role: 'OpsApi', action: 'kms:Decrypt', resource: key, context },
      ...['byPhase', 'byKind'].map((index) => ({
        role: 'DeviceApi',
        action: 'dynamodb:Query',
        resource: `${table}/index/${index}`,
        context: {},
      })),
      { role: 'DeviceApi', action: 'dynamodb:Scan', resource: table, context: {} },
      { role: 'DeviceApi', action: 'dynamodb:DeleteItem', resource: table, context: {} },
    ];

    expect(await refused(asked)).toEqual(asked.map(text));
  });

  it('lets the key be used for registrations by a registration’s context only', async () => {
    const key = app.arnOf('BrokerSessionsKey');
    const asked = ['DeviceApi', 'Poll'].map((role) => ({
      role,
      action: 'kms:Decrypt',
      resource: key,
      context: { 'kms:EncryptionContext:purpose': 'something else' },
    }));

    expect(await refused(asked)).toEqual(asked.map(text));
  });
});
