/** Resolves the intrinsic functions of a CloudFormation template to the names that things have on this machine. */

/** The account, Region and partition that local ARNs carry. */
export const LOCAL_ACCOUNT = '000000000000';
export const LOCAL_REGION = 'us-east-1';

/** One resource of a template, as far as the local run reads it. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A CloudFormation template as the CDK writes it. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/** Thrown for a template that asks for something the local run does not know; the message names the place. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': LOCAL_ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': LOCAL_REGION,
  'AWS::StackId': `arn:aws:cloudformation:${LOCAL_REGION}:${LOCAL_ACCOUNT}:stack/local/local`,
  'AWS::StackName': 'local',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** What `Ref` and `Fn::GetAtt` give for a resource of one type; the local name of a thing is its logical id. */
type Attributes = (logicalId: string) => Readonly<Record<string, string>>;

const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;

const table: Attributes = (id) => ({
  Ref: id,
  Arn: arn('dynamodb', `table/${id}`),
  StreamArn: arn('dynamodb', `table/${id}/stream/local`),
});

const ATTRIBUTES: Readonly<Record<string, Attributes>> = {
  'AWS::ApiGateway::Resource': (id) => ({ Ref: id }),
  'AWS::ApiGateway::RestApi': (id) => ({ Ref: id, RootResourceId: rootResourceId(id) }),
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::Events::EventBus': (id) => ({ Ref: id, Name: id, Arn: arn('events', `event-bus/${id}`) }),
  'AWS::KMS::Key': (id) => ({ Ref: id, KeyId: id, Arn: arn('kms', `key/${id}`) }),
  'AWS::Lambda::Function': (id) => ({ Ref: id, Arn: functionArn(id) }),
  'AWS::SQS::Queue': (id) => ({ Ref: id, QueueName: id, Arn: arn('sqs', id) }),
  'AWS::StepFunctions::StateMachine': (id) => ({ Ref: stateMachineArn(id), Arn: stateMachineArn(id), Name: id }),
};

/** The ARN of a function, by its logical id. */
export function functionArn(logicalId: string): string {
  return arn('lambda', `function:${logicalId}`);
}

/** The ARN of a state machine, by its logical id. */
export function stateMachineArn(logicalId: string): string {
  return arn('states', `stateMachine:${logicalId}`);
}

/** The id of a REST API's root resource, by the API's logical id. */
export function rootResourceId(apiLogicalId: string): string {
  return `${apiLogicalId}-root`;
}

/** Replaces every intrinsic function in a value; anything else is copied as it is. */
export type Resolve = (value: unknown) => unknown;

/**
 * Makes the resolver of one template.
 *
 * @throws TemplateError (the resolver) for an intrinsic or a reference that has no value on this machine
 */
export function makeResolver(template: Template): Resolve {
  const attribute = (logicalId: string, name: string): string => {
    const resource = template.Resources[logicalId];
    const value = resource === undefined ? undefined : ATTRIBUTES[resource.Type]?.(logicalId)[name];
    if (value !== undefined) return value;
    const what = name === 'Ref' ? `Ref ${logicalId}` : `${logicalId}.${name}`;
    throw new TemplateError(`the local run has no value for ${what} (${resource?.Type ?? 'not in the template'})`);
  };
  const reference = (name: string): string => PSEUDO_PARAMETERS[name] ?? attribute(name, 'Ref');

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? ['', undefined];
    if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) return intrinsic(name, argument);
    return Object.fromEntries(entries.map(([key, member]) => [key, resolve(member)]));
  };

  const intrinsic = (name: string, argument: unknown): unknown => {
    if (name === 'Ref' && typeof argument === 'string') return reference(argument);
    if (name === 'Fn::GetAtt' && Array.isArray(argument)) return attribute(String(argument[0]), String(argument[1]));
    if (name === 'Fn::Join' && Array.isArray(argument)) {
      return (resolve(argument[1]) as unknown[]).map(String).join(String(argument[0]));
    }
    if (name === 'Fn::Sub' && typeof argument === 'string') {
      return argument.replace(/\$\{([\w:]+)\}/g, (_, variable: string) => reference(variable));
    }
    throw new TemplateError(`the local run does not know the intrinsic function ${name}`);
  };

  return resolve;
}
