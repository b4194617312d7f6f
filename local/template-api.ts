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

/** A REST API of the template. */
export interface ApiDefinition {
  readonly apiId: string;
  readonly stage: string;
  readonly routes: readonly Route[];
  readonly gatewayResponses: Readonly<Record<string, GatewayResponse>>;
}

type Properties = Readonly<Record<string, unknown>>;

/** The APIs of a template: one for all, or where devices connect by mutual TLS one for them and one for people. */
export interface ApiDefinitions {
  readonly api: ApiDefinition;
  /** Undefined: operators use the one API. */
  readonly operatorsApi?: ApiDefinition;
  /** The S3 key of the truststore that devices' certificates are checked against; undefined without mutual TLS. */
  readonly truststoreKey?: string;
}

/**
 * Reads the APIs. The one whose default endpoint is disabled is the one behind the domain: the devices'.
 *
 * @throws TemplateError when there is none or a third one, or a method is not a Lambda proxy integration
 */
export function readApis(template: Template, resolve: Resolve): ApiDefinitions {
  const ofType = (type: string): [string, Properties][] =>
    Object.entries(template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, resource.Properties ?? {}]);

  const [first, second, ...others] = ofType('AWS::ApiGateway::RestApi').toSorted(
    ([, a], [, b]) => Number(b.DisableExecuteApiEndpoint === true) - Number(a.DisableExecuteApiEndpoint === true),
  );
  if (first === undefined || others.length > 0) {
    throw new TemplateError('the local run acts out one REST API, or one for devices and one for operators');
  }
  const truststores = ofType('AWS::ApiGateway::DomainName').flatMap(([, { MutualTlsAuthentication }]) => {
    const { TruststoreUri } = (MutualTlsAuthentication ?? {}) as { TruststoreUri?: unknown };
    return TruststoreUri === undefined ? [] : [String(resolve(TruststoreUri)).replace(/^.*\//, '')];
  });
  return {
    api: readApi(first[0], ofType, resolve),
    ...(second !== undefined && { operatorsApi: readApi(second[0], ofType, resolve) }),
    ...(truststores[0] !== undefined && { truststoreKey: truststores[0] }),
  };
}

function readApi(apiId: string, allOfType: (type: string) => [string, Properties][], resolve: Resolve): ApiDefinition {
  const ofType = (type: string) => allOfType(type).filter(([, { RestApiId }]) => resolve(RestApiId) === apiId);
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
