import { describe, expect, it } from 'vitest';
import { brokerTemplate, MINIMAL_CONFIG, onlyResource, readable, resourcesOf } from '../support/synth.ts';
import { invocationsOf, pathOf } from './template-routes.ts';

const template = brokerTemplate();

/** The routes as `method path authorization function`. */
const routes = Object.values(resourcesOf(template, 'AWS::ApiGateway::Method')).map(({ Properties }) => {
  const { Type, IntegrationHttpMethod, Uri } = Properties.Integration as Record<string, unknown>;
  const target = /functions\/(\w+)\.Arn\/invocations$/.exec(readable(Uri))?.[1];
  const path = pathOf(template, Properties.ResourceId) || '/';
  return `${Properties.HttpMethod} ${path} ${Properties.AuthorizationType} ${Type} ${IntegrationHttpMethod} ${target}`;
});

const routesOf = (paths: string[], authorization: string, target: string) =>
  paths.map((path) => `ANY ${path} ${authorization} AWS_PROXY POST ${target}`);

describe('the routes', () => {
  it('of devices need no signature, with and without the enrollment key in their path', () => {
    const paths = ['/client/register', '/register', '/device_authorization', '/token', '/revoke'];

    expect(routes).toEqual(
      expect.arrayContaining(
        routesOf(
          [
            ...paths,
            ...paths.map((path) => `/e/{enrollmentKey}${path}`),
            '/credentials',
            '/activate',
            '/.well-known/oauth-authorization-server',
          ],
          'NONE',
          'BrokerDeviceApi',
        ),
      ),
    );
  });

  it('of operators need an AWS signature', () => {
    const ops = [
      '/sessions',
      '/sessions/{sessionId}',
      '/sessions/{sessionId}/cancel',
      '/summary',
      '/clients',
      '/clients/{clientId}',
      '/clients/{clientId}/lock',
      '/clients/{clientId}/unlock',
      '/clients/{clientId}/role',
      '/clients/{clientId}/revoke',
      '/enrollment-keys',
      '/enrollment-keys/{enrollmentKeyId}',
      '/enrollment-keys/{enrollmentKeyId}/revoke',
      '/openapi.json',
    ];

    expect(routes.filter((route) => route.includes(' AWS_IAM ')).sort()).toEqual(
      routesOf(ops, 'AWS_IAM', 'BrokerOpsApi').sort(),
    );
  });

  it('lead everything else to the device API, which can say what is wrong', () => {
    const rest = ['/', '/{proxy+}', '/client', '/.well-known', '/e', '/e/{enrollmentKey}'];
    const enrolled = ['/e/{enrollmentKey}/client', '/e/{enrollmentKey}/{proxy+}'];

    expect(routes).toEqual(expect.arrayContaining(routesOf([...rest, ...enrolled], 'NONE', 'BrokerDeviceApi')));
  });

  it('leave no path where API Gateway would ask an OAuth client for a signature', () => {
    const paths = Object.keys(resourcesOf(template, 'AWS::ApiGateway::Resource')).map((Ref) =>
      pathOf(template, { Ref }),
    );

    const answered = routes.map((route) => route.split(' ')[1]);
    expect(paths.filter((path) => !answered.includes(path))).toEqual([]);
  });

  it('of starts have a method of their own beside ANY, for a limit needs one to name', () => {
    const starts = routes.filter((route) => route.startsWith('POST '));

    expect(starts.sort()).toEqual([
      'POST /device_authorization NONE AWS_PROXY POST BrokerDeviceApi',
      'POST /e/{enrollmentKey}/device_authorization NONE AWS_PROXY POST BrokerDeviceApi',
    ]);
  });

  it('are 35 paths, two of them with a method of their own', () => {
    expect(routes).toHaveLength(37);
  });
});

describe('the functions of the API', () => {
  it('may be invoked by its one stage only, not by test calls', () => {
    expect(invocationsOf(template)).toEqual([
      'BrokerDeviceApi.Arn BrokerApiRestApi/v1/*/*',
      'BrokerOpsApi.Arn BrokerApiRestApi/v1/*/*',
    ]);
  });
});

describe('the API', () => {
  it('is regional and bears the name of its stack', () => {
    expect(onlyResource(template, 'AWS::ApiGateway::RestApi').Properties).toMatchObject({
      Name: 'FleetTokenBroker',
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
  });

  it('is measured and throttled, and keeps paths and bodies out of traces and logs', () => {
    const { MethodSettings, ...stage } = onlyResource(template, 'AWS::ApiGateway::Stage').Properties;

    const watched = { MetricsEnabled: true, DataTraceEnabled: false, LoggingLevel: 'OFF' };
    const starts = { HttpMethod: 'POST', ...watched, ThrottlingRateLimit: 1320, ThrottlingBurstLimit: 1320 };
    expect(MethodSettings).toEqual([
      {
        ResourcePath: '/*',
        HttpMethod: '*',
        ...watched,
        ThrottlingRateLimit: 5000,
        ThrottlingBurstLimit: 2500,
      },
      { ResourcePath: '/~1device_authorization', ...starts },
      { ResourcePath: '/~1e~1{enrollmentKey}~1device_authorization', ...starts },
    ]);
    expect(stage).toMatchObject({ StageName: 'v1', TracingEnabled: false });
    expect(stage).not.toHaveProperty('AccessLogSetting');
  });

  it('has its stage at the path that is configured, and functions that only this stage may invoke', () => {
    const staged = brokerTemplate({ ...MINIMAL_CONFIG, stage: 'prod' });

    expect(onlyResource(staged, 'AWS::ApiGateway::Stage').Properties.StageName).toBe('prod');
    expect(readable(staged.toJSON().Outputs.ApiUrl.Value)).toMatch(/\/prod$/);
    expect(invocationsOf(staged)).toContain('BrokerDeviceApi.Arn BrokerApiRestApi/prod/*/*');
  });

  it('throttles as configured', () => {
    const config = { ...MINIMAL_CONFIG, throttle: { rateLimit: 50, burstLimit: 20, startsPerSecond: 10 } };

    expect(onlyResource(brokerTemplate(config), 'AWS::ApiGateway::Stage').Properties.MethodSettings).toMatchObject([
      { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 20 },
      { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 10 },
      { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 10 },
    ]);
  });

  it('lets no more starts in than requests', () => {
    const config = { ...MINIMAL_CONFIG, throttle: { rateLimit: 50, burstLimit: 20 } };

    const [, starts] = onlyResource(brokerTemplate(config), 'AWS::ApiGateway::Stage').Properties
      .MethodSettings as object[];

    expect(starts).toMatchObject({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 20 });
  });

  it('logs accesses when asked to, by route and never by path: a path may hold an enrollment key', () => {
    const logging = brokerTemplate({ ...MINIMAL_CONFIG, accessLogs: true });

    const { Format, DestinationArn } = onlyResource(logging, 'AWS::ApiGateway::Stage').Properties
      .AccessLogSetting as Record<string, string>;

    expect(readable(DestinationArn)).toContain('BrokerApiAccessLogs');
    expect(JSON.parse(Format ?? '')).toEqual({
      requestId: '$context.requestId',
      resourcePath: '$context.resourcePath',
      httpMethod: '$context.httpMethod',
      status: '$context.status',
      responseLatencyMs: '$context.responseLatency',
      responseBytes: '$context.responseLength',
    });
  });
});
