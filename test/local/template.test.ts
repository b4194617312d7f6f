import { describe, expect, it } from 'vitest';
import { readTemplate } from '../../local/template.ts';
import { SMALL_TEMPLATE, templateWith } from './small-template.ts';

const assetFolder = (s3Key: string): string => `/assets/${s3Key}`;
const app = readTemplate(SMALL_TEMPLATE, assetFolder);

describe('reading a template', () => {
  it('resolves the environment of a function to local names', () => {
    expect(app.functions.find(({ name }) => name === 'DeviceApi0A1B2C3D')).toEqual({
      name: 'DeviceApi0A1B2C3D',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:DeviceApi0A1B2C3D',
      label: 'device-api',
      assetFolder: '/assets/aaaa.zip',
      handler: 'index.handler',
      environment: { TABLE_NAME: 'Table', KEY: 'arn:aws:kms:us-east-1:000000000000:key/Key', PLAIN: 'text' },
      timeoutSeconds: 15,
      memoryMegabytes: 512,
    });
  });

  it('gives a function the time and memory that CloudFormation gives it', () => {
    expect(app.functions.find(({ name }) => name === 'StartPolling')).toMatchObject({
      timeoutSeconds: 3,
      memoryMegabytes: 128,
      environment: { STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:Machine' },
    });
  });

  it('reads the table with its index and its time to live', () => {
    expect(app.table).toMatchObject({
      name: 'Table',
      keySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      indexes: [{ IndexName: 'byShard', Projection: { ProjectionType: 'KEYS_ONLY' } }],
      ttlAttribute: 'expiresAt',
    });
  });

  it('reads the stream mapping with its filter and its limits', () => {
    expect(app.streams).toEqual([
      {
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:StartPolling',
        patterns: [{ eventName: ['INSERT'], dynamodb: { NewImage: { phase: { S: ['pending'] } } } }],
        batchSize: 100,
        windowSeconds: 1,
        retryAttempts: 10,
        bisect: true,
        reportsItemFailures: false,
        maximumRecordAgeSeconds: 600,
      },
    ]);
  });

  it('reads from the mapping whether its function reports the record that failed', () => {
    const { Type, Properties } = SMALL_TEMPLATE.Resources.Mapping ?? { Type: '' };
    const Mapping = { Type, Properties: { ...Properties, FunctionResponseTypes: ['ReportBatchItemFailures'] } };

    expect(readTemplate(templateWith({ Mapping }), assetFolder).streams[0]?.reportsItemFailures).toBe(true);
  });

  it('reads the event bus, by which functions put events', () => {
    const { Properties, Type } = SMALL_TEMPLATE.Resources.StartPolling ?? { Type: '' };
    const StartPolling = { Type, Properties: { ...Properties, Environment: { Variables: { BUS: { Ref: 'Bus' } } } } };
    const Bus = { Type: 'AWS::Events::EventBus', Properties: { Name: 'the-stack-1234' } };

    const { functions, eventBusName } = readTemplate(templateWith({ Bus, StartPolling }), assetFolder);

    expect(eventBusName).toBe('Bus');
    expect(functions.find(({ name }) => name === 'StartPolling')?.environment.BUS).toBe(eventBusName);
  });

  it('puts the state machine definition together', () => {
    const definition = JSON.parse(app.stateMachine.definition);

    expect(definition.States.Poll.Parameters.FunctionName).toBe(
      'arn:aws:lambda:us-east-1:000000000000:function:StartPolling',
    );
  });

  it('spells every route with the whole path of its resource', () => {
    const routes = app.api.routes.map(({ resourcePath, httpMethod, authorization }) =>
      [httpMethod, resourcePath, authorization].join(' '),
    );

    expect(routes).toEqual([
      'ANY / NONE',
      'ANY /token NONE',
      'ANY /e/{enrollmentKey}/token NONE',
      'ANY /{proxy+} NONE',
      'GET /sessions AWS_IAM',
    ]);
  });

  it('takes the quotes off the headers of gateway responses', () => {
    expect(app.api.gatewayResponses.MISSING_AUTHENTICATION_TOKEN).toEqual({
      statusCode: 403,
      headers: { 'Content-Type': 'application/json', 'x-amzn-ErrorType': 'AccessDeniedException' },
      template: '{"error":"access_denied","error_description":"Sign the request."}',
    });
  });
});

describe('a template that cannot run here', () => {
  const reading = (name: string, properties: Record<string, unknown>) => {
    const { Type, Properties } = SMALL_TEMPLATE.Resources[name] ?? { Type: name };
    const template = templateWith({ [name]: { Type, Properties: { ...Properties, ...properties } } });
    return () => readTemplate(template, assetFolder);
  };

  it('is refused for a reference to a resource that is unknown here', () => {
    const read = reading('StartPolling', { Environment: { Variables: { BUS: { Ref: 'Bus' } } } });

    expect(read).toThrow('the local run has no value for Ref Bus');
  });

  it('is refused for an intrinsic function that is unknown here', () => {
    const read = reading('StartPolling', { Environment: { Variables: { A: { 'Fn::ImportValue': 'x' } } } });

    expect(read).toThrow('Fn::ImportValue');
  });

  it('is refused for an integration that is not a Lambda proxy', () => {
    expect(reading('TokenAny', { Integration: { Type: 'MOCK' } })).toThrow(
      'TokenAny is not a Lambda proxy integration',
    );
  });

  it('is refused for an authorization that the local API lacks', () => {
    expect(reading('TokenAny', { AuthorizationType: 'CUSTOM' })).toThrow('TokenAny asks for CUSTOM authorization');
  });

  it('is refused for a gateway response with a variable that is unknown here', () => {
    expect(reading('Refusal', { ResponseTemplates: { 'application/json': '$context.identity.sourceIp' } })).toThrow(
      'Refusal uses a variable',
    );
  });

  it('is refused for a filter that compares otherwise than strings for equality', () => {
    const read = reading('Mapping', { FilterCriteria: { Filters: [{ Pattern: '{"eventName":[{"prefix":"IN"}]}' }] } });

    expect(read).toThrow('compares strings alone');
  });

  it('is refused for a second table', () => {
    const second = SMALL_TEMPLATE.Resources.Table;
    if (second === undefined) throw new Error('the small template has no table');

    expect(() => readTemplate(templateWith({ Second: second }), assetFolder)).toThrow('exactly one table');
  });
});
