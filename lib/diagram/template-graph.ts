/** What a template is made of, as parts and the arrows between them: read from it, so that a drawing cannot say otherwise. */

/** What a drawing shows; everything else of a template (roles, logs, permissions, alarms) serves these. */
export const PART_TYPES = {
  'AWS::ApiGateway::RestApi': 'api',
  'AWS::Lambda::Function': 'function',
  'AWS::DynamoDB::Table': 'table',
  'AWS::StepFunctions::StateMachine': 'machine',
  'AWS::Events::EventBus': 'bus',
  'AWS::Events::Rule': 'rule',
  'AWS::KMS::Key': 'key',
} as const;

/** A part by the name that its construct has, such as `DeviceApi`. */
export interface Part {
  readonly name: string;
  readonly kind: (typeof PART_TYPES)[keyof typeof PART_TYPES];
}

/** An arrow from who acts to what is acted on; a stream flows from the table to its reader. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly why: 'calls' | 'calls with a signature' | 'stream' | 'uses' | 'encrypts';
}

/** A template as parts and arrows. */
export interface Graph {
  readonly parts: readonly Part[];
  readonly arrows: readonly Arrow[];
  /** Functions that may open the broker's upstream registration: those that call Identity Center. */
  readonly callUpstream: readonly string[];
  /** Functions whose failed batches go to a queue. */
  readonly withFailureQueue: readonly string[];
}

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: { readonly StringEquals?: Record<string, unknown> };
}

/** Rights that make an arrow from a role's holder to what they are about, each named by one action that it cannot be without. */
const RIGHTS_TO_DRAW = [
  'dynamodb:GetItem',
  'dynamodb:Query',
  'events:PutEvents',
  'states:StartExecution',
  'lambda:InvokeFunction',
];

/**
 * Reads a template that holds one broker.
 *
 * @param template as it is synthesized
 */
export function graphOf(template: unknown): Graph {
  const resources = Object.entries((template as { Resources: Record<string, Resource> }).Resources);
  const kinds: Readonly<Record<string, Part['kind'] | undefined>> = PART_TYPES;
  const parts = resources.flatMap(([id, { Type }]) => {
    const kind = kinds[Type];
    return kind === undefined ? [] : [{ id, name: nameOf(id), kind }];
  });
  const partsIn = (value: unknown): string[] => {
    const text = JSON.stringify(value ?? null);
    return parts.filter(({ id }) => text.includes(`"${id}"`)).map(({ name }) => name);
  };
  const ofType = (type: string): Resource['Properties'][] =>
    resources.filter(([, { Type }]) => Type === type).map(([, { Properties }]) => Properties);

  const mappings = ofType('AWS::Lambda::EventSourceMapping');
  const granted = grants(resources);
  const arrows: Arrow[] = [
    ...ofType('AWS::ApiGateway::Method').flatMap(({ RestApiId, Integration, AuthorizationType }) =>
      between(
        partsIn(RestApiId),
        partsIn(Integration),
        AuthorizationType === 'AWS_IAM' ? 'calls with a signature' : 'calls',
      ),
    ),
    ...mappings.flatMap(({ EventSourceArn, FunctionName }) =>
      between(partsIn(EventSourceArn), partsIn(FunctionName), 'stream'),
    ),
    ...ofType('AWS::Events::Rule').flatMap((rule) =>
      between(partsIn({ Ref: idOf(resources, rule) }), partsIn(rule.Targets), 'calls'),
    ),
    ...resources
      .filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table')
      .flatMap(([id, { Properties }]) =>
        between(partsIn({ Ref: id }), partsIn(Properties.SSESpecification), 'encrypts'),
      ),
    ...granted
      .filter(({ Action }) => RIGHTS_TO_DRAW.some((right) => [Action].flat().includes(right)))
      .flatMap(({ holder, Resource: about }) => between(partsIn({ Ref: holder }), partsIn(about), 'uses')),
  ];
  return {
    parts: parts.map(({ name, kind }) => ({ name, kind })),
    arrows: unique(arrows.filter(({ from, to }) => from !== to)),
    callUpstream: unique(granted.filter(opensRegistrations).flatMap(({ holder }) => partsIn({ Ref: holder }))),
    withFailureQueue: mappings
      .filter(({ DestinationConfig }) => DestinationConfig !== undefined)
      .flatMap(({ FunctionName }) => partsIn(FunctionName)),
  };
}

/** The construct's own name: without the path to the broker and the CDK's hash. */
function nameOf(logicalId: string): string {
  return logicalId.replace(/^Broker/, '').replace(/[0-9A-F]{8}$/, '');
}

function idOf(
  resources: readonly (readonly [string, Resource])[],
  properties: Resource['Properties'],
): string | undefined {
  return resources.find(([, resource]) => resource.Properties === properties)?.[0];
}

/** Every statement with the id of what holds the role that it belongs to. */
function grants(resources: readonly (readonly [string, Resource])[]): (Statement & { holder: string })[] {
  const holdersOf = (role: string): string[] =>
    resources
      .filter(([, { Type, Properties }]) => {
        const roleOf = Type === 'AWS::Lambda::Function' ? Properties.Role : Properties.RoleArn;
        return JSON.stringify(roleOf ?? null).includes(`"${role}"`);
      })
      .map(([id]) => id);
  return resources
    .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
    .flatMap(([, { Properties }]) => {
      const { Statement: statements } = Properties.PolicyDocument as { Statement: Statement[] };
      const roles = Properties.Roles as { Ref: string }[];
      const holders = roles.flatMap(({ Ref }) => holdersOf(Ref));
      return holders.flatMap((holder) => statements.map((statement) => ({ ...statement, holder })));
    });
}

function opensRegistrations({ Condition }: Statement): boolean {
  return Condition?.StringEquals?.['kms:EncryptionContext:purpose'] === 'registration';
}

function between(from: readonly string[], to: readonly string[], why: Arrow['why']): Arrow[] {
  return from.flatMap((one) => to.map((other) => ({ from: one, to: other, why })));
}

/** Each once, in a fixed order. */
function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value] as const))]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, value]) => value);
}
