/** A hand-made template with one of each thing that the local run reads. */

import type { Template } from '../../local/intrinsics.ts';

const functionUri = (logicalId: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':apigateway:',
      { Ref: 'AWS::Region' },
      ':lambda:path/2015-03-31/functions/',
      { 'Fn::GetAtt': [logicalId, 'Arn'] },
      '/invocations',
    ],
  ],
});

const resource = (parent: unknown, pathPart: string) => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { ParentId: parent, PathPart: pathPart, RestApiId: { Ref: 'Api' } },
});

const method = (resourceId: unknown, logicalId: string, authorization = 'NONE', httpMethod = 'ANY') => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    HttpMethod: httpMethod,
    ResourceId: resourceId,
    RestApiId: { Ref: 'Api' },
    AuthorizationType: authorization,
    Integration: { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: functionUri(logicalId) },
  },
});

const ROOT = { 'Fn::GetAtt': ['Api', 'RootResourceId'] };

const api = {
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'small' } },
  Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { RestApiId: { Ref: 'Api' }, StageName: 'v1' } },
  ResToken: resource(ROOT, 'token'),
  ResE: resource(ROOT, 'e'),
  ResKey: resource({ Ref: 'ResE' }, '{enrollmentKey}'),
  ResKeyToken: resource({ Ref: 'ResKey' }, 'token'),
  ResProxy: resource(ROOT, '{proxy+}'),
  ResSessions: resource(ROOT, 'sessions'),
  RootAny: method(ROOT, 'DeviceApi0A1B2C3D'),
  TokenAny: method({ Ref: 'ResToken' }, 'DeviceApi0A1B2C3D'),
  KeyTokenAny: method({ Ref: 'ResKeyToken' }, 'DeviceApi0A1B2C3D'),
  ProxyAny: method({ Ref: 'ResProxy' }, 'DeviceApi0A1B2C3D'),
  SessionsGet: method({ Ref: 'ResSessions' }, 'DeviceApi0A1B2C3D', 'AWS_IAM', 'GET'),
  Unsigned: {
    Type: 'AWS::ApiGateway::GatewayResponse',
    Properties: {
      RestApiId: { Ref: 'Api' },
      ResponseType: 'MISSING_AUTHENTICATION_TOKEN',
      StatusCode: '403',
      ResponseParameters: {
        'gatewayresponse.header.Content-Type': "'application/json'",
        'gatewayresponse.header.x-amzn-ErrorType': "'AccessDeniedException'",
      },
      ResponseTemplates: { 'application/json': '{"error":"access_denied","error_description":"Sign the request."}' },
    },
  },
  Fault: {
    Type: 'AWS::ApiGateway::GatewayResponse',
    Properties: {
      RestApiId: { Ref: 'Api' },
      ResponseType: 'DEFAULT_5XX',
      StatusCode: '503',
      ResponseParameters: { 'gatewayresponse.header.Retry-After': "'5'" },
      ResponseTemplates: { 'application/json': '{"error":"slow_down","id":"$context.requestId"}' },
    },
  },
  Refusal: {
    Type: 'AWS::ApiGateway::GatewayResponse',
    Properties: {
      RestApiId: { Ref: 'Api' },
      ResponseType: 'DEFAULT_4XX',
      ResponseTemplates: { 'application/json': '{"error":"invalid_request"}' },
    },
  },
};

const functions = {
  DeviceApi0A1B2C3D: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'assets', S3Key: 'aaaa.zip' },
      Handler: 'index.handler',
      Timeout: 15,
      MemorySize: 512,
      Environment: {
        Variables: { TABLE_NAME: { Ref: 'Table' }, KEY: { 'Fn::GetAtt': ['Key', 'Arn'] }, PLAIN: 'text' },
      },
    },
  },
  StartPolling: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Key: 'bbbb.zip' },
      Handler: 'index.handler',
      Environment: { Variables: { STATE_MACHINE_ARN: { Ref: 'Machine' } } },
    },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      FunctionName: { Ref: 'StartPolling' },
      MaximumBatchingWindowInSeconds: 1,
      MaximumRecordAgeInSeconds: 600,
      MaximumRetryAttempts: 10,
      FilterCriteria: {
        Filters: [{ Pattern: '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"phase":{"S":["pending"]}}}}' }],
      },
    },
  },
};

const storage = {
  Key: { Type: 'AWS::KMS::Key', Properties: {} },
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'listShard', AttributeType: 'S' },
        { AttributeName: 'listOrder', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byShard',
          KeySchema: [
            { AttributeName: 'listShard', KeyType: 'HASH' },
            { AttributeName: 'listOrder', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    },
  },
  Machine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      DefinitionString: {
        'Fn::Join': [
          '',
          [
            '{"StartAt":"Poll","States":{"Poll":{"Type":"Task","End":true,"Resource":"arn:',
            { Ref: 'AWS::Partition' },
            ':states:::lambda:invoke","Parameters":{"FunctionName":"',
            { 'Fn::GetAtt': ['StartPolling', 'Arn'] },
            '","Payload.$":"$"}}}}',
          ],
        ],
      },
    },
  },
};

export const SMALL_TEMPLATE: Template = { Resources: { ...api, ...functions, ...storage } };

/** The small template with some resources replaced or added. */
export function templateWith(resources: Template['Resources']): Template {
  return { Resources: { ...SMALL_TEMPLATE.Resources, ...resources } };
}
