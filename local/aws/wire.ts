/** The AWS JSON protocols (1.0 and 1.1) as the stand-ins speak them. */

/** A call that an SDK made. */
export interface AwsRequest {
  /** The operation's name, such as `UpdateItem`. */
  readonly operation: string;
  /** The input as it came, JSON text. */
  readonly body: string;
}

/** What goes back to the SDK. */
export interface AwsReply {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
}

/** A stand-in for one AWS service. */
export type AwsService = (request: AwsRequest) => Promise<AwsReply>;

/** A refusal that the SDK turns into an exception of the same name. */
export class AwsError extends Error {
  readonly status: number;

  /** @param name the exception's name in the service's model, such as `ExecutionAlreadyExists` */
  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** An answer without an error. */
export function reply(output: unknown): AwsReply {
  return { status: 200, body: JSON.stringify(output) };
}

/** The answer that an SDK reads as an exception. */
export function errorReply(error: AwsError): AwsReply {
  return { status: error.status, body: JSON.stringify({ __type: error.name, message: error.message }) };
}

/**
 * Makes a service of operations on parsed input.
 *
 * @param operations by name; an operation may throw AwsError
 */
export function jsonService(
  operations: Readonly<Record<string, (input: Record<string, unknown>) => unknown>>,
): AwsService {
  return async ({ operation, body }) => {
    const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (run === undefined) throw new AwsError('UnknownOperationException', `The local run has no ${operation}.`);
    return reply((await run(parseInput(body))) ?? {});
  };
}

/** The input of a call. @throws AwsError when it is not a JSON object */
export function parseInput(body: string): Record<string, unknown> {
  try {
    const input: unknown = JSON.parse(body === '' ? '{}' : body);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>;
  } catch {
    // Answered below, like any other input that is not an object.
  }
  throw new AwsError('SerializationException', 'The request is not a JSON object.');
}
