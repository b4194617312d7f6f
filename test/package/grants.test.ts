import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../lambda/http/ops-operations.ts';
import { FleetTokenBroker, type FleetTokenBrokerProps } from '../../lib/index.ts';
import { makeResolver, type Template as ReadTemplate } from '../../local/intrinsics.ts';
import { isAllowed } from '../iam/simulate.ts';
import type { Policy } from '../iam/synthesized-roles.ts';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { MINIMAL_CONFIG, resourcesOf } from '../support/synth.ts';

/** Answers whether the one who was granted something may send a request, such as `GET /sessions`. */
type MayCall = (request: string) => Promise<boolean>;
type Grant = (broker: FleetTokenBroker, grantee: iam.IGrantable) => void;

/** A role that was granted something on a broker, tried on the API that operators call or on that of devices. */
function granted(grant: Grant, props: FleetTokenBrokerProps = MINIMAL_CONFIG, plane: 'api' | 'operatorsApi' = 'api') {
  const outdir = mkdtempSync(join(tmpdir(), 'broker-grants-'));
  try {
    const stack = new Stack(new App({ outdir }), 'Devices');
    const broker = new FleetTokenBroker(stack, 'Broker', props);
    grant(broker, new iam.Role(stack, 'Someone', { assumedBy: new iam.AccountPrincipal(stack.account) }));
    const api = stack.getLogicalId(broker[plane].node.defaultChild as never);
    return mayCall(Template.fromStack(stack), api);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function mayCall(template: Template, apiId: string): MayCall {
  const policies = Object.entries(resourcesOf(template, 'AWS::IAM::Policy'));
  const document = policies.find(([id]) => id.startsWith('Someone'))?.[1].Properties.PolicyDocument;
  const stages = Object.entries(resourcesOf(template, 'AWS::ApiGateway::Stage'));
  const named = stages.reduce(
    (text, [id, { Properties }]) => text.replaceAll(`{"Ref":"${id}"}`, JSON.stringify(Properties.StageName)),
    JSON.stringify(document),
  );
  const resolve = makeResolver(template.toJSON() as ReadTemplate);
  const policy = resolve(JSON.parse(named)) as Policy;
  return (request) => {
    const resource = resolve({ Ref: apiId });
    const [method, path] = request.split(' ');
    const arn = `arn:aws:execute-api:us-east-1:000000000000:${resource}/v1/${method}${path}`;
    const asked = { role: 'Someone', action: 'execute-api:Invoke', resource: arn, context: {} };
    return isAllowed(asked, policy, { keyPolicy: policy, queuePolicy: () => undefined });
  };
}

/** Every operation with an id in its path. */
const EVERY = Object.values(OPERATIONS).map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, 'a1B2-_')}`);
const DEVICE_REQUESTS = [
  'POST /client/register',
  'POST /device_authorization',
  'POST /token',
  'POST /revoke',
  'GET /credentials',
  'GET /activate',
  'GET /e/key/sessions',
];

async function allowedOf(requests: readonly string[], may: MayCall): Promise<string[]> {
  const answers = await Promise.all(requests.map(may));
  return requests.filter((_, index) => answers[index]);
}

describe('grantReadSessions', () => {
  const may = granted((broker, grantee) => broker.grantReadSessions(grantee));

  it('lets its grantee see all there is to see', async () => {
    const reading = EVERY.filter((request) => request.startsWith('GET '));

    expect(reading).toContain('GET /sessions');
    expect(await allowedOf(reading, may)).toEqual(reading);
  });

  it('lets nobody cancel a session, lock a client or make a key', async () => {
    const acting = EVERY.filter((request) => !request.startsWith('GET '));

    expect(acting).toContain('POST /sessions/a1B2-_/cancel');
    expect(await allowedOf(acting, may)).toEqual([]);
  });

  it('has nothing to do with the routes of devices', async () => {
    expect(await allowedOf(DEVICE_REQUESTS, may)).toEqual([]);
  });
});

describe('grantOperate', () => {
  const may = granted((broker, grantee) => broker.grantOperate(grantee));

  it('lets its grantee call every operation of the ops API', async () => {
    expect(await allowedOf(EVERY, may)).toEqual(EVERY);
  });

  it('has nothing to do with the routes of devices, nor with methods that no operation has', async () => {
    const others = ['DELETE /sessions/a1B2-_', 'PUT /clients/a1B2-_/role', 'POST /sessions'];

    expect(await allowedOf([...DEVICE_REQUESTS, ...others], may)).toEqual([]);
  });

  it('is about the API of operators where devices have another', async () => {
    const config = EXAMPLE_CONFIGS.certificates as unknown as FleetTokenBrokerProps;
    const grant: Grant = (broker, grantee) => broker.grantOperate(grantee);

    expect(await granted(grant, config, 'operatorsApi')('POST /sessions/a1B2-_/cancel')).toBe(true);
    expect(await granted(grant, config, 'api')('POST /sessions/a1B2-_/cancel')).toBe(false);
  });
});

describe('grantManageKeys', () => {
  it('lets its grantee see, make and revoke enrollment keys, and do nothing else', async () => {
    const may = granted((broker, grantee) => broker.grantManageKeys(grantee));

    expect(await allowedOf([...EVERY, ...DEVICE_REQUESTS], may)).toEqual([
      'GET /enrollment-keys',
      'POST /enrollment-keys',
      'GET /enrollment-keys/a1B2-_',
      'POST /enrollment-keys/a1B2-_/revoke',
    ]);
  });
});
