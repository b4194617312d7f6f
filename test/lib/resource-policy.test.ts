import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, it } from 'vitest';
import { brokerTemplate, MINIMAL_CONFIG, onlyResource, readable, resourcesOf } from '../support/synth.ts';

const ACCOUNT = '123456789012';
const API = `arn:aws:execute-api:us-east-1:${ACCOUNT}:a1b2c3d4e5`;
const ENDPOINTS = ['vpce-0a1b2c3d4e5f67890', 'vpce-0a1b2c3d4e5f67891'] as const;
const MAY_INVOKE = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${API}/*` };

interface Statement {
  readonly Effect: string;
  readonly Condition: Readonly<Record<string, unknown>>;
}

function policyOf(config: object): { Version: string; Statement: Statement[] } {
  const { Policy } = onlyResource(
    brokerTemplate({ ...MINIMAL_CONFIG, ...config }),
    'AWS::ApiGateway::RestApi',
  ).Properties;
  // API Gateway completes the short form, which stands for the whole of the API.
  return JSON.parse(JSON.stringify(Policy).replaceAll('execute-api:/*', `${API}/*`));
}

/** Whether a role of the same account may list sessions, as far as IAM decides. */
async function mayList(config: object, context: Record<string, string>, identity: readonly object[] = [MAY_INVOKE]) {
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/Someone`,
        action: 'execute-api:Invoke',
        resource: { resource: `${API}/v1/GET/sessions`, accountId: ACCOUNT },
        contextVariables: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/Someone`, ...context },
      },
      identityPolicies: [{ name: 'own', policy: { Version: '2012-10-17', Statement: identity } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: policyOf(config),
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
  return result.overallResult === 'Allowed';
}

const OFFICE = { allowFrom: { cidrs: ['203.0.113.0/24', '2001:db8::/32'] } };
const PRIVATE = { privateEndpoint: { vpcEndpointIds: [...ENDPOINTS] } };

describe('an API that may be called from everywhere', () => {
  it('has no policy', () => {
    expect(onlyResource(brokerTemplate(), 'AWS::ApiGateway::RestApi').Properties).not.toHaveProperty('Policy');
  });
});

describe('an API with allowFrom', () => {
  it('lets operators in from there and from nowhere else', async () => {
    expect(await mayList(OFFICE, { 'aws:SourceIp': '203.0.113.7' })).toBe(true);
    expect(await mayList(OFFICE, { 'aws:SourceIp': '2001:db8::1' })).toBe(true);
    expect(await mayList(OFFICE, { 'aws:SourceIp': '198.51.100.7' })).toBe(false);
  });

  it('makes nobody an operator: who has no right of their own has none from there either', async () => {
    expect(await mayList(OFFICE, { 'aws:SourceIp': '203.0.113.7' }, [])).toBe(false);
  });

  it('is deployed anew when the policy changes, which has no effect before', () => {
    const deployments = [{}, OFFICE, { allowFrom: { cidrs: ['198.51.100.0/24'] } }].map(
      (config) =>
        Object.keys(resourcesOf(brokerTemplate({ ...MINIMAL_CONFIG, ...config }), 'AWS::ApiGateway::Deployment'))[0],
    );

    expect(new Set(deployments).size).toBe(3);
  });

  it('allows callers without a signature, whom open routes are for, and nobody else', () => {
    const allowed = policyOf(OFFICE).Statement.filter(({ Effect }) => Effect === 'Allow');

    expect(allowed).toEqual([
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 'execute-api:Invoke',
        Resource: `${API}/*`,
        Condition: { Null: { 'aws:PrincipalArn': 'true' } },
      },
    ]);
  });
});

describe('a private API', () => {
  const through = (endpoint: string, address = '10.1.2.3') => ({
    'aws:SourceVpce': endpoint,
    'aws:VpcSourceIp': address,
  });

  it('is reached through its VPC endpoints and from nowhere else', async () => {
    expect(
      onlyResource(brokerTemplate({ ...MINIMAL_CONFIG, ...PRIVATE }), 'AWS::ApiGateway::RestApi').Properties,
    ).toMatchObject({ EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ENDPOINTS } });
    expect(await mayList(PRIVATE, through(ENDPOINTS[1]))).toBe(true);
    expect(await mayList(PRIVATE, through('vpce-0000000000000000f'))).toBe(false);
    expect(await mayList(PRIVATE, { 'aws:SourceIp': '203.0.113.7' })).toBe(false);
  });

  it('makes nobody an operator', async () => {
    expect(await mayList(PRIVATE, through(ENDPOINTS[0]), [])).toBe(false);
  });

  it('with ranges of addresses looks at those inside the VPC', async () => {
    const limited = { ...PRIVATE, allowFrom: { cidrs: ['10.1.0.0/16'] } };

    expect(await mayList(limited, through(ENDPOINTS[0], '10.1.2.3'))).toBe(true);
    expect(await mayList(limited, through(ENDPOINTS[0], '10.2.2.3'))).toBe(false);
  });

  it('with ranges and an endpoint lets in who comes from either', async () => {
    const limited = { ...PRIVATE, allowFrom: { cidrs: ['10.1.0.0/16'], vpcEndpointIds: [ENDPOINTS[1]] } };

    expect(await mayList(limited, through(ENDPOINTS[0], '10.1.2.3'))).toBe(true);
    expect(await mayList(limited, through(ENDPOINTS[1], '10.2.2.3'))).toBe(true);
    expect(await mayList(limited, through(ENDPOINTS[0], '10.2.2.3'))).toBe(false);
  });

  it('is named in the outputs as its first endpoint knows it, with or without private DNS', () => {
    const { ApiUrl } = brokerTemplate({ ...MINIMAL_CONFIG, ...PRIVATE }).toJSON().Outputs;

    expect(readable(ApiUrl.Value)).toBe(`https://BrokerApiRestApi-${ENDPOINTS[0]}.execute-api.{Region}.{URLSuffix}/v1`);
  });
});
