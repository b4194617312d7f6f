/** Checks answers of the ops API against its own description. */

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../lambda/http/openapi.ts';

/** The parts of the description that answers are checked against. */
export interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Record<string, unknown>>> };
}

export interface DescribedOperation {
  readonly operationId: string;
  readonly parameters?: readonly DescribedParameter[];
  readonly requestBody?: { readonly content: DescribedContent };
  readonly responses: Readonly<Record<string, { readonly content?: DescribedContent }>>;
}

export interface DescribedParameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly schema: Record<string, unknown>;
}

type DescribedContent = Readonly<Record<string, { readonly schema: Record<string, unknown> }>>;

/** An answer, as a caller has it. */
export interface Answered {
  readonly method: string;
  /** As the route is spelled, such as `/sessions/{sessionId}`. */
  readonly route: string;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

export const description = openApiDocument() as unknown as Description;

/** With every object closed: clients ignore members that are not described, but there is not to be any. */
const closed = JSON.parse(JSON.stringify(description), (_, value) =>
  value?.type === 'object' && value.properties !== undefined && value.additionalProperties === undefined
    ? { ...value, additionalProperties: false }
    : value,
) as Description;

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
addFormats.default(ajv);
ajv.addVocabulary(['openapi', 'info', 'servers', 'security', 'tags', 'paths', 'components']);
ajv.addSchema(closed, 'description');

const compiled = new Map<string, ValidateFunction>();

/** What is wrong with an answer; nothing when it is as described. */
export function wrongWith({ method, route, status, contentType, body }: Answered): string[] {
  const operation = closed.paths[route]?.[method.toLowerCase()];
  if (operation === undefined) return [`${method} ${route} is not described`];
  const response = operation.responses[status];
  if (response === undefined) return [`${operation.operationId} is not said to answer ${status}`];
  if (response.content === undefined) return body === undefined ? [] : [`${status} has a body`];
  if (response.content[contentType ?? ''] === undefined) return [`${status} is not said to be ${contentType}`];
  const pointer = ['paths', route, method.toLowerCase(), 'responses', String(status), 'content', contentType ?? ''];
  const validate = compile(`description#/${pointer.map(escaped).join('/')}/schema`);
  return validate(body)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

/** The check of one place in the description. */
export function compile($ref: string): ValidateFunction {
  const known = compiled.get($ref) ?? ajv.compile({ $ref });
  compiled.set($ref, known);
  return known;
}

/** A name as it stands in a JSON pointer in a URI fragment (RFC 6901 §6). */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}
