/** Reads the REST API out of a template: its routes and the answers that the gateway gives by itself. */

import { type Resolve, rootResourceId, type Template, TemplateError } from './intrinsics.ts';

/** A method of a resource, and the function behind it. */
export interface Route {
  readonly resourceId: string;
  /** The resource as the template spells it, such as `/e/{enrollmentKey}/token` or `/{proxy+}`. */
  readonly resourcePath: string;
  /** `ANY` or one method. */
  readonly httpMethod: string;
  readonly authorization: 'NONE' | 'AWS_IAM';
  readonly functionArn: string;
}

/** An answer of the gateway's own, for one response type. */
export interface GatewayResponse {
  /** Undefined: the type's own status. */
  readonly statusCode?: number;
  /** Header names and values, the values without the quotes that mark literals. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: `{"message": …}`. */
  readonly template?: string;
}

/** The REST API of the template. */
export interface ApiDefinition {
  readonly apiId: string;
  readonly stage: string;
  readonly routes: readonly Route[];
  readonly gatewayResponses: Readonly<Record<string, GatewayResponse>>;
}

type Properties = Readonly<Record<string, unknown>>;

/**
 * Reads the API.
 *
 * @throws TemplateError when there is not exactly one API, or a method is not a Lambda proxy integration
 */
export function readApi(template: Template, resolve: Resolve): ApiDefinition {
  const ofType = (type: string): [string, Properties][] =>
    Object.entries(template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, resource.Properties ?? {}]);

  const [api, ...others] = ofType('AWS::ApiGateway::RestApi');
  if (api === undefined || others.length > 0) throw new TemplateError('the local run acts out exactly one REST API');
  const [apiId] = api;
  const paths = resourcePaths(apiId, ofType('AWS::ApiGateway::Resource'), resolve);
  const [, stage] = ofType('AWS::ApiGateway::Stage')[0] ?? ['', {}];
  return {
    apiId,
    stage: String(stage.StageName ?? 'v1'),
    routes: ofType('AWS::ApiGateway::Method').map(([id, method]) => readRoute(id, method, paths, resolve)),
    gatewayResponses: Object.fromEntries(
      ofType('AWS::ApiGateway::GatewayResponse').map(([id, response]) => [
        String(response.ResponseType),
        readGatewayResponse(id, response),
      ]),
    ),
  };
}

function resourcePaths(
  apiId: string,
  resources: readonly [string, Properties][],
  resolve: Resolve,
): ReadonlyMap<string, string> {
  const byId = new Map(resources);
  const pathOf = (id: string): string => {
    const resource = byId.get(id);
    if (resource === undefined) return '';
    return `${pathOf(String(resolve(resource.ParentId)))}/${String(resource.PathPart)}`;
  };
  return new Map([[rootResourceId(apiId), '/'], ...resources.map(([id]) => [id, pathOf(id)] as const)]);
}

function readRoute(id: string, method: Properties, paths: ReadonlyMap<string, string>, resolve: Resolve): Route {
  const integration = (method.Integration ?? {}) as Properties;
  if (integration.Type !== 'AWS_PROXY') {
    throw new TemplateError(`the method ${id} is not a Lambda proxy integration, the only kind that runs here`);
  }
  const functionArn = /\/functions\/(arn:[^/]+)\/invocations$/.exec(String(resolve(integration.Uri)))?.[1];
  if (functionArn === undefined) throw new TemplateError(`the method ${id} names no function`);
  const authorization = method.AuthorizationType ?? 'NONE';
  if (authorization !== 'NONE' && authorization !== 'AWS_IAM') {
    throw new TemplateError(
      `the method ${id} asks for ${String(authorization)} authorization, which the local run lacks`,
    );
  }
  const resourceId = String(resolve(method.ResourceId));
  const resourcePath = paths.get(resourceId);
  if (resourcePath === undefined) throw new TemplateError(`the method ${id} belongs to no resource of the API`);
  return { resourceId, resourcePath, httpMethod: String(method.HttpMethod), authorization, functionArn };
}

/** Variables that a gateway response template may use here. */
const KNOWN_VARIABLES = /\$context\.(?:requestId|error\.(?:messageString|message|responseType))/g;

function readGatewayResponse(id: string, response: Properties): GatewayResponse {
  const parameters = Object.entries((response.ResponseParameters ?? {}) as Record<string, string>);
  const templates = (response.ResponseTemplates ?? {}) as Record<string, string>;
  const template = templates['application/json'];
  if (template?.replace(KNOWN_VARIABLES, '').includes('$')) {
    throw new TemplateError(`the gateway response ${id} uses a variable that the local run does not know`);
  }
  const statusCode = response.StatusCode;
  return {
    headers: Object.fromEntries(parameters.map(([name, value]) => [headerName(name), literal(id, value)])),
    ...(statusCode === undefined ? {} : { statusCode: Number(statusCode) }),
    ...(template === undefined ? {} : { template }),
  };
}

const headerName = (parameter: string): string => parameter.replace(/^gatewayresponse\.header\./, '');

function literal(id: string, value: string): string {
  const quoted = /^'(.*)'$/s.exec(value)?.[1];
  if (quoted === undefined) throw new TemplateError(`the gateway response ${id} has a header that is not a literal`);
  return quoted;
}
