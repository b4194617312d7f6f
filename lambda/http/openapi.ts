import * as z from 'zod/mini';
import { embedded, opened, plainer } from '../core/published-schema.ts';
import { DETAILS, INPUT_TEXTS, TAGS } from './ops-details.ts';
import { OPERATIONS, type OperationId } from './ops-operations.ts';
import { answerSchemas, gatewayError, problem } from './ops-schemas.ts';
import { PROBLEMS, type ProblemCode } from './problems.ts';

/**
 * The ops API's own description (OpenAPI 3.1), made of the schemas that validate its input and of those that its answers are
 * tested against. It is written beside the function's bundle; the function itself loads none of this.
 */

type Json = Readonly<Record<string, unknown>>;

const schemaRef = (id: string): Json => ({ $ref: `#/components/schemas/${id}` });

/** Makes the description; where the API is, is for its server to say. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const [id, { method, path }] of Object.entries(OPERATIONS)) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(id as OperationId) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Fleet Token Broker: ops API',
      version: '1',
      summary: 'What operators and their dashboards call.',
      description: [
        'Sign every call with AWS Signature Version 4 (service `execute-api`).',
        'Every successful GET has a weak ETag: send it in If-None-Match to hear whether anything has changed.',
        'Answers may get new members; ignore those that you do not know.',
      ].join(' '),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ signature: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { ...COMPONENTS, schemas: { ...answerSchemasAsJson(), ...bodySchemasAsJson() } },
  };
}

const COMPONENTS = {
  securitySchemes: {
    signature: {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description: 'AWS Signature Version 4, service execute-api.',
      'x-amazon-apigateway-authtype': 'awsSigv4',
    },
  },
  parameters: {
    IfNoneMatch: {
      name: 'If-None-Match',
      in: 'header',
      description: 'The ETag of an earlier answer: when nothing has changed since, there is none.',
      schema: { type: 'string' },
    },
  },
  headers: {
    ETag: {
      description: 'A weak entity tag. It changes with what happens, not with what the clock alone changes.',
      schema: { type: 'string' },
    },
  },
} as const;

function operationOf(id: OperationId): Json {
  const { method, path } = OPERATIONS[id];
  const { tag, summary, description, query, body } = DETAILS[id];
  const conditional = method === 'GET' ? [{ $ref: '#/components/parameters/IfNoneMatch' }] : [];
  const parameters = [...pathParameters(path), ...queryParameters(query), ...conditional];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: jsonContent(schemaRef(body.id)) } }),
    responses: responsesOf(id),
  };
}

const jsonContent = (schema: Json): Json => ({ 'application/json': { schema } });

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: INPUT_TEXTS[name],
    schema: { type: 'string' },
  }));
}

/** As they are after parsing, so that a number is a number. None has to be there. */
function queryParameters(query: z.ZodMiniObject | undefined): Json[] {
  const { properties = {} } = query === undefined ? {} : z.toJSONSchema(query, { override: plainer });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    description: INPUT_TEXTS[name],
    schema,
  }));
}

function responsesOf(id: OperationId): Json {
  const { method } = OPERATIONS[id];
  const { answer, answerText, status = 200, problems = [] } = DETAILS[id];
  const headers = method === 'GET' ? { headers: { ETag: { $ref: '#/components/headers/ETag' } } } : {};
  const responses: Record<string, Json> = {
    [status]: { description: answerText, ...headers, content: jsonContent(answerSchemaOf(answer)) },
    ...(method === 'GET' && { 304: { description: 'Nothing has changed.', ...headers } }),
  };
  const failures: readonly ProblemCode[] = [...problems, 'internal'];
  for (const code of failures) {
    const earlier = responses[PROBLEMS[code].status]?.description;
    const told = `\`${code}\`: ${PROBLEMS[code].title}.`;
    const description = earlier === undefined ? told : `${earlier} ${told}`;
    responses[PROBLEMS[code].status] = { description, content: problemContent };
  }
  return { ...responses, ...gatewayResponses(responses[400]) };
}

const problemContent: Json = { 'application/problem+json': { schema: schemaRef(idOf(problem)) } };

/** What the gateway may say before the function is asked. Too many requests are a 400: OAuth clients give up at a 429. */
function gatewayResponses(badRequest: Json | undefined): Json {
  const content = jsonContent(schemaRef(idOf(gatewayError)));
  const told = 'From the gateway: `slow_down`, too many requests; or the request could not be read.';
  return {
    400: badRequest
      ? { description: `${badRequest.description} ${told}`, content: { ...problemContent, ...content } }
      : { description: told, content },
    403: { description: 'From the gateway: the call is not signed, or its signer may not call this.', content },
    503: { description: 'From the gateway: the broker did not answer in time. Try again after Retry-After.', content },
  };
}

function idOf(schema: z.ZodMiniType): string {
  return answerSchemas.get(schema)?.id ?? '';
}

function answerSchemaOf(schema: z.ZodMiniType): Json {
  return answerSchemas.has(schema) ? schemaRef(idOf(schema)) : embedded(z.toJSONSchema(schema));
}

function answerSchemasAsJson(): Json {
  const { schemas } = z.toJSONSchema(answerSchemas, { uri: (id) => `#/components/schemas/${id}`, override: plainer });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, opened(embedded(schema))]));
}

function bodySchemasAsJson(): Json {
  const bodies = Object.values(DETAILS).flatMap(({ body }) => body ?? []);
  return Object.fromEntries(
    bodies.map(({ id, schema }) => {
      const json = embedded(z.toJSONSchema(schema, { io: 'input', override: plainer }));
      const properties = Object.entries((json.properties ?? {}) as Record<string, Json>);
      const described = properties.map(([name, member]) => [name, { description: INPUT_TEXTS[name], ...member }]);
      return [id, { ...json, properties: Object.fromEntries(described) }];
    }),
  );
}
