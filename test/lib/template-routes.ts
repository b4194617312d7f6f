/** Reads the routes of a template's APIs as lines of text. */
import type { Template } from 'aws-cdk-lib/assertions';
import { readable, resourcesOf } from '../support/synth.ts';

/** The methods of the API of this logical name (without the CDK's hash), as `ANY /token NONE BrokerDeviceApi`. */
export function routesOf(template: Template, api = 'BrokerApiRestApi'): string[] {
  return Object.values(resourcesOf(template, 'AWS::ApiGateway::Method'))
    .filter(({ Properties }) => readable(Properties.RestApiId) === api)
    .map(({ Properties }) => {
      const { Uri } = Properties.Integration as Record<string, unknown>;
      const target = /functions\/(\w+)\.Arn\/invocations$/.exec(readable(Uri))?.[1];
      const path = pathOf(template, Properties.ResourceId) || '/';
      return `${Properties.HttpMethod} ${path} ${Properties.AuthorizationType} ${target}`;
    })
    .sort();
}

/** A resource's full path, such as `/e/{enrollmentKey}/token`; empty for the root. */
export function pathOf(template: Template, resource: unknown): string {
  if (readable(resource).endsWith('.RootResourceId')) return '';
  const found = template.toJSON().Resources[(resource as { Ref: string }).Ref].Properties;
  return `${pathOf(template, found.ParentId)}/${found.PathPart}`;
}

/** What API Gateway may invoke functions for, as `BrokerDeviceApi.Arn BrokerApiRestApi/v1/*` and so on. */
export function invocationsOf(template: Template): string[] {
  return Object.values(resourcesOf(template, 'AWS::Lambda::Permission'))
    .filter(({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com')
    .map(({ Properties: { FunctionName, SourceArn } }) =>
      [readable(FunctionName), readable(SourceArn).replace(/^.*:/, '')].join(' '),
    )
    .sort();
}
