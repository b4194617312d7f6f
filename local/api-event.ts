/** The event that a function behind the REST API receives (Lambda proxy integration, payload version 1.0). */

import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { RouteMatch } from './api-routes.ts';
import { LOCAL_ACCOUNT } from './intrinsics.ts';
import type { ApiDefinition } from './template-api.ts';

/** A request as it came, with what the front knows about it. */
export interface FrontRequest {
  readonly message: IncomingMessage;
  /** Without the query, percent-encoded: a REST API passes it on as it came. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly body: string;
  readonly requestId: string;
  readonly receivedAtMs: number;
  /** Host and port of the API, such as `127.0.0.1:8787`. */
  readonly domainName: string;
  /** Undefined on routes without IAM authorization. */
  readonly accessKey?: string;
}

type Identity = APIGatewayProxyEvent['requestContext']['identity'];

/**
 * Makes the event.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function proxyEvent(api: ApiDefinition, match: RouteMatch, request: FrontRequest): APIGatewayProxyEvent {
  const { message, path, requestId, receivedAtMs, domainName } = request;
  const headers = headerPairs(message, domainName);
  const query = [...new URLSearchParams(request.query)];
  const httpMethod = message.method ?? 'GET';
  return {
    resource: match.route.resourcePath,
    path,
    httpMethod,
    headers: Object.fromEntries(headers),
    multiValueHeaders: grouped(headers),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    multiValueQueryStringParameters: query.length === 0 ? null : grouped(query),
    pathParameters: match.pathParameters === null ? null : { ...match.pathParameters },
    stageVariables: null,
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: api.apiId,
      authorizer: null,
      domainName,
      domainPrefix: domainName.split('.')[0] ?? domainName,
      extendedRequestId: requestId,
      httpMethod,
      identity: identityOf(request),
      // On AWS this path starts with the stage, `/v1/token`; here the API has no stage in its address.
      path,
      protocol: `HTTP/${message.httpVersion}`,
      requestId,
      requestTime: logTime(receivedAtMs),
      requestTimeEpoch: receivedAtMs,
      resourceId: match.route.resourceId,
      resourcePath: match.route.resourcePath,
      stage: api.stage,
    },
    body: request.body === '' ? null : request.body,
    isBase64Encoded: false,
  };
}

/** Headers that end at the gateway, and those that only the gateway may set. */
const NOT_PASSED_ON = /^(?:connection|expect|keep-alive|te|trailer|transfer-encoding|upgrade|x-forwarded-.*)$/i;

/** In the case that the client wrote them in, as a REST API passes them on. */
function headerPairs({ rawHeaders, socket }: IncomingMessage, domainName: string): [string, string][] {
  const pairs = rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 && !NOT_PASSED_ON.test(name) ? [[name, rawHeaders[index + 1] ?? '']] : [],
  );
  const port = domainName.split(':')[1] ?? '80';
  return [
    ...pairs,
    ['X-Forwarded-For', socket.remoteAddress ?? '127.0.0.1'],
    ['X-Forwarded-Port', port],
    ['X-Forwarded-Proto', 'encrypted' in socket ? 'https' : 'http'],
  ];
}

function grouped(pairs: readonly [string, string][]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const [name, value] of pairs)
    groups[name] = [...(Object.hasOwn(groups, name) ? (groups[name] ?? []) : []), value];
  return groups;
}

function identityOf({ message, accessKey }: FrontRequest): Identity {
  const signed = accessKey === undefined ? null : accessKey;
  return {
    accessKey: signed,
    accountId: signed === null ? null : LOCAL_ACCOUNT,
    apiKey: null,
    apiKeyId: null,
    caller: signed,
    clientCert: clientCertOf(message),
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: message.socket.remoteAddress ?? '127.0.0.1',
    user: signed,
    userAgent: message.headers['user-agent'] ?? null,
    userArn: signed === null ? null : `arn:aws:iam::${LOCAL_ACCOUNT}:user/${signed}`,
  };
}

/** What the gateway says of the certificate that a device has shown, once its chain was checked. */
function clientCertOf({ socket }: IncomingMessage): Identity['clientCert'] {
  const raw = 'encrypted' in socket ? (socket as TLSSocket).getPeerCertificate().raw : undefined;
  if (raw === undefined) return null;
  const certificate = new X509Certificate(raw);
  return {
    clientCertPem: certificate.toString(),
    issuerDN: certificate.issuer,
    serialNumber: certificate.serialNumber,
    subjectDN: certificate.subject,
    validity: { notBefore: certificate.validFrom, notAfter: certificate.validTo },
  };
}

/** `21/Nov/2026:06:39:00 +0000` */
function logTime(epochMs: number): string {
  const [, day, month, year, time] = new Date(epochMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
