/** The answers that the gateway gives by itself, as the template shapes them. */

import type { ApiDefinition } from './template-api.ts';

/** An answer that no function gave. */
export interface GatewayAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The response types that the local run has a reason for, with the status and the message that API Gateway has.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const TYPES = {
  BAD_REQUEST_PARAMETERS: { statusCode: 400, message: 'Bad Request' },
  DEFAULT_4XX: { statusCode: 400, message: 'Bad Request' },
  DEFAULT_5XX: { statusCode: 502, message: 'Internal server error' },
  INTEGRATION_FAILURE: { statusCode: 504, message: 'Internal server error' },
  INTEGRATION_TIMEOUT: { statusCode: 504, message: 'Endpoint request timed out' },
  MISSING_AUTHENTICATION_TOKEN: { statusCode: 403, message: 'Missing Authentication Token' },
  REQUEST_TOO_LARGE: { statusCode: 413, message: 'Request Too Long' },
} as const;

/** Why the gateway answers by itself. */
export type GatewayResponseType = keyof typeof TYPES;

/** Makes the answer; a type that the template leaves out takes the shape of its DEFAULT. */
export function gatewayAnswer(
  { gatewayResponses }: ApiDefinition,
  responseType: GatewayResponseType,
  requestId: string,
): GatewayAnswer {
  const { statusCode, message } = TYPES[responseType];
  const fallback = statusCode < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
  const response = gatewayResponses[responseType] ?? gatewayResponses[fallback];
  const variables: Readonly<Record<string, string>> = {
    '$context.error.message': message,
    '$context.error.messageString': JSON.stringify(message),
    '$context.error.responseType': responseType,
    '$context.requestId': requestId,
  };
  const template = response?.template ?? '{"message":$context.error.messageString}';
  return {
    statusCode: response?.statusCode ?? statusCode,
    headers: { 'Content-Type': 'application/json', ...response?.headers },
    body: template.replace(/\$context(?:\.\w+)+/g, (variable) => variables[variable] ?? ''),
  };
}
