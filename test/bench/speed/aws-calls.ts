/** The calls that a function makes of AWS, as they pass over the wire. */

/** One call and its answer. */
export interface AwsCall {
  /** `DynamoDB`, `KMS`, `StepFunctions`, `EventBridge` or `SsoOidc`. */
  readonly service: ServiceName;
  /** The operation's name, such as `UpdateItem`. */
  readonly operation: string;
  /** The input as it came: JSON text. */
  readonly input: string;
  readonly status: number;
  /** The answer: JSON text. */
  readonly answer: string;
  /** The answer's headers that a client reads. */
  readonly headers: Readonly<Record<string, string>>;
  /** Calls with the same number were made side by side. */
  readonly stage: number;
}

export type ServiceName = 'DynamoDB' | 'KMS' | 'StepFunctions' | 'EventBridge' | 'SsoOidc';

/** Services by the prefix of `X-Amz-Target`. */
const BY_TARGET: Readonly<Record<string, ServiceName>> = {
  DynamoDB_20120810: 'DynamoDB',
  TrentService: 'KMS',
  AWSStepFunctions: 'StepFunctions',
  AWSEvents: 'EventBridge',
};

/** Operations of SSO OIDC by path; it has no `X-Amz-Target`. */
const BY_PATH: Readonly<Record<string, string>> = {
  '/client/register': 'RegisterClient',
  '/device_authorization': 'StartDeviceAuthorization',
  '/token': 'CreateToken',
};

/**
 * Which operation a request calls.
 *
 * @param target the header `X-Amz-Target`
 * @throws for what the broker never calls
 */
export function operationOf(target: string | undefined, path: string): Pick<AwsCall, 'service' | 'operation'> {
  if (target === undefined) {
    const operation = BY_PATH[path];
    if (operation === undefined) throw new Error(`The bench knows no operation behind ${path}.`);
    return { service: 'SsoOidc', operation };
  }
  const [prefix = '', operation = ''] = target.split('.');
  const service = BY_TARGET[prefix];
  if (service === undefined) throw new Error(`The bench knows no service behind ${target}.`);
  return { service, operation };
}

interface KeyedInput {
  readonly Key?: { readonly pk?: { readonly S?: string } };
  readonly Item?: { readonly pk?: { readonly S?: string } };
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
  readonly RequestItems?: Readonly<
    Record<string, { readonly Keys: readonly { readonly pk: { readonly S: string } }[] }>
  >;
}

/** What a call is about: an operation on certain keys. Two requests about the same are answered alike. */
export function subjectOf({ service, operation, input }: Pick<AwsCall, 'service' | 'operation' | 'input'>): string {
  const { Key, Item, ExpressionAttributeValues, RequestItems } = JSON.parse(input || '{}') as KeyedInput;
  const keys = Object.values(RequestItems ?? {}).flatMap(({ Keys }) => Keys.map(({ pk }) => pk.S));
  const partition = operation === 'Query' ? ExpressionAttributeValues?.[':partition']?.S : undefined;
  const subject = Key?.pk?.S ?? Item?.pk?.S ?? partition ?? keys.sort().join(' ');
  return `${service}.${operation} ${subject}`;
}

/** The same without the ids in it: what stands for a call on a key that is made anew every time. */
export function kindOf(subject: string): string {
  return subject.replace(/#\S+/g, '#');
}
