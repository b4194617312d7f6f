import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { afterAll, describe, expect, it } from 'vitest';
import { FleetTokenBroker } from '../../lib/fleet-token-broker.ts';
import type { FleetTokenBrokerProps } from '../../lib/props.ts';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { brokerTemplate, MINIMAL_CONFIG, readable, resourceNamed, resourcesOf } from '../support/synth.ts';
import { invocationsOf, routesOf } from './template-routes.ts';

const outdir = mkdtempSync(join(tmpdir(), 'broker-device-auth-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const CLIENT_PATHS = ['/client/register', '/register', '/device_authorization', '/token', '/revoke'];
const CLIENT_ROUTES = [...CLIENT_PATHS, ...CLIENT_PATHS.map((path) => `/e/{enrollmentKey}${path}`)];

const environmentOf = (template: Template) =>
  (resourceNamed(template, 'BrokerDeviceApi').Properties.Environment as { Variables: Record<string, unknown> })
    .Variables;

/** A broker in somebody else's stack, with a role that is granted to be a device. */
function grantedRole(props: FleetTokenBrokerProps): Template {
  const stack = new Stack(new App({ outdir }), 'Theirs');
  const role = new iam.Role(stack, 'Devices', { assumedBy: new iam.ServicePrincipal('credentials.iot.amazonaws.com') });
  new FleetTokenBroker(stack, 'Broker', props).grantDevice(role);
  return Template.fromStack(stack);
}

describe.each(['client_secret', 'private_key_jwt'])('with deviceAuth %s', (deviceAuth) => {
  const template = brokerTemplate({ ...MINIMAL_CONFIG, deviceAuth });

  it('devices call one API without AWS credentials, which operators use as well', () => {
    const routes = routesOf(template);

    expect(routes).toEqual(routesOf(brokerTemplate()));
    expect(routes).toEqual(expect.arrayContaining(CLIENT_ROUTES.map((path) => `ANY ${path} NONE BrokerDeviceApi`)));
    template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
  });

  it('links to the page of deferred approval name the API that was called', () => {
    expect(environmentOf(template)).not.toHaveProperty('ACTIVATION_URL');
  });
});

describe('with deviceAuth iam', () => {
  const template = brokerTemplate(EXAMPLE_CONFIGS.signed);

  it('exactly the routes of clients ask devices for a signature', () => {
    const signed = routesOf(template).filter((route) => route.endsWith(' AWS_IAM BrokerDeviceApi'));

    const starts = ['', '/e/{enrollmentKey}'].map((at) => `POST ${at}/device_authorization AWS_IAM BrokerDeviceApi`);
    expect(signed).toEqual([...CLIENT_ROUTES.map((path) => `ANY ${path} AWS_IAM BrokerDeviceApi`), ...starts].sort());
  });

  it('handles, pages and metadata stay open', () => {
    const open = ['/credentials', '/activate', '/.well-known/oauth-authorization-server', '/{proxy+}', '/'];

    expect(routesOf(template)).toEqual(expect.arrayContaining(open.map((path) => `ANY ${path} NONE BrokerDeviceApi`)));
  });

  it('a granted role may post to the routes of clients, and do nothing else', () => {
    const granted = Object.values(
      resourcesOf(grantedRole({ ...MINIMAL_CONFIG, deviceAuth: 'iam' }), 'AWS::IAM::Policy'),
    ).filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('Devices'));
    const [policy, ...others] = granted.flatMap(
      ({ Properties }) => (Properties.PolicyDocument as { Statement: Record<string, unknown>[] }).Statement,
    );

    expect(others).toEqual([]);
    expect(policy).toMatchObject({ Effect: 'Allow', Action: 'execute-api:Invoke' });
    const resources = (policy?.Resource ?? []) as unknown[];
    expect(resources.map((arn) => readable(arn).replace(/^.*RestApi\//, '')).sort()).toEqual(
      CLIENT_PATHS.flatMap((path) => [`POST${path}`, `POST/e/*${path}`])
        .map((route) => `BrokerApiRestApiDeploymentStagev1/${route}`)
        .sort(),
    );
  });

  it('a grant without it is refused with what to do', () => {
    expect(() => grantedRole(MINIMAL_CONFIG)).toThrow(
      'grantDevice: with deviceAuth "client_secret" devices need no AWS credentials; set deviceAuth to "iam", or remove the grant.',
    );
  });
});

describe('with deviceAuth mtls', () => {
  const template = brokerTemplate(EXAMPLE_CONFIGS.certificates);
  const OPERATORS = 'BrokerOperatorsApiRestApi';

  it('devices have nothing but the domain that asks for certificates', () => {
    expect(resourceNamed(template, 'BrokerApiRestApi').Properties.DisableExecuteApiEndpoint).toBe(true);
    expect(resourceNamed(template, 'BrokerDomainMapping').Properties).toMatchObject({
      RestApiId: { Ref: expect.stringMatching(/^BrokerApiRestApi/) },
    });
    expect(routesOf(template).filter((route) => !route.endsWith(' NONE BrokerDeviceApi'))).toEqual([]);
    expect(routesOf(template)).toEqual(
      expect.arrayContaining(CLIENT_ROUTES.map((path) => `ANY ${path} NONE BrokerDeviceApi`)),
    );
  });

  it('people have an API of their own, with the page of approval and the routes of operators', () => {
    const operators = routesOf(brokerTemplate()).filter((route) => route.endsWith(' AWS_IAM BrokerOpsApi'));

    expect(routesOf(template, OPERATORS)).toEqual(['ANY /activate NONE BrokerDeviceApi', ...operators].sort());
    expect(resourceNamed(template, OPERATORS).Properties).not.toHaveProperty('DisableExecuteApiEndpoint');
  });

  it('nothing but the page of approval is reached without a certificate', () => {
    expect(invocationsOf(template)).toEqual([
      'BrokerDeviceApi.Arn BrokerApiRestApi/v1/*/*',
      'BrokerDeviceApi.Arn BrokerOperatorsApiRestApi/v1/*/activate',
      'BrokerOpsApi.Arn BrokerOperatorsApiRestApi/v1/*/*',
    ]);
  });

  it('both APIs answer alike when no function does', () => {
    const answers = Object.values(resourcesOf(template, 'AWS::ApiGateway::GatewayResponse')).map(({ Properties }) => [
      readable(Properties.RestApiId),
      { ...Properties, RestApiId: '' },
    ]);
    const answersOf = (api: string) => answers.filter(([of]) => of === api).map(([, answer]) => answer);

    expect(answersOf(OPERATORS)).toEqual(answersOf('BrokerApiRestApi'));
    expect(answersOf(OPERATORS)).toHaveLength(16);
  });

  it('links to the page of approval, and the outputs, name the API of people', () => {
    const url = `https://${OPERATORS}.execute-api.{Region}.{URLSuffix}/v1`;

    expect(readable(environmentOf(template).ACTIVATION_URL)).toBe(url);
    expect(readable(template.toJSON().Outputs.OpsUrl.Value)).toBe(`${url}/sessions`);
    expect(template.toJSON().Outputs.ApiUrl.Value).toBe('https://broker.example.com');
  });
});
