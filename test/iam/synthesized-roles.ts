/** What each role of a synthesized app may do, grant by grant, with the names that things have in the local run. */

import {
  LOCAL_ACCOUNT,
  LOCAL_REGION,
  makeResolver,
  type Resolve,
  type Template,
  type TemplateResource,
} from '../../local/intrinsics.ts';

/** A policy document. */
export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** One action on one resource under one condition. */
export interface Grant {
  /** The role, such as `DeviceApi`: the function's name, or `PollingLoop`. */
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly condition?: Statement['Condition'];
}

/** The roles of an app, and the policies on the things that they use. */
export interface SynthesizedRoles {
  readonly roles: readonly string[];
  readonly grants: readonly Grant[];
  /** Everything that a role is allowed. */
  policyOf(role: string): Policy;
  /** The policy of the key, and of a queue by its ARN. */
  readonly keyPolicy: Policy;
  queuePolicy(queueArn: string): Policy | undefined;
  /** The ARN of a resource, by the part of its logical id before the hash. */
  arnOf(idPrefix: string): string;
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** Reads a template. */
export function synthesizedRoles(template: Template): SynthesizedRoles {
  const resolve = resolverOf(template);
  const ofType = (type: string) => Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
  const roles = ofType('AWS::IAM::Role').map(([id]) => roleName(id));
  const policies = ofType('AWS::IAM::Policy').flatMap(([, { Properties }]) => {
    const { PolicyDocument, Roles } = Properties as { PolicyDocument: unknown; Roles: { Ref: string }[] };
    return Roles.map(({ Ref }) => ({ role: roleName(Ref), document: resolve(PolicyDocument) as Policy }));
  });
  const statementsOf = (role: string) =>
    policies.filter((policy) => policy.role === role).flatMap(({ document }) => document.Statement);

  return {
    roles,
    grants: roles.flatMap((role) => statementsOf(role).flatMap((statement) => grantsOf(role, statement))),
    policyOf: (role) => ({ Version: '2012-10-17', Statement: statementsOf(role) }),
    keyPolicy: resolve(only(ofType('AWS::KMS::Key')).Properties?.KeyPolicy) as Policy,
    queuePolicy: (queueArn) =>
      ofType('AWS::SQS::QueuePolicy')
        .map(([, { Properties }]) => resolve(Properties?.PolicyDocument) as Policy)
        .find(({ Statement: [first] }) => first !== undefined && list(first.Resource).includes(queueArn)),
    arnOf: (idPrefix) => {
      const id = Object.keys(template.Resources).find((logicalId) => withoutHash(logicalId) === idPrefix);
      if (id === undefined) throw new Error(`The template has no ${idPrefix}.`);
      return String(resolve({ 'Fn::GetAtt': [id, 'Arn'] }));
    },
  };
}

/** The policy of one grant alone. */
export function policyOfGrant({ action, resource, condition }: Grant): Policy {
  const conditioned = condition === undefined ? {} : { Condition: condition };
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...conditioned }],
  };
}

/** A grant in one line, as reasons name it. */
export function grantText({ role, action, resource, condition }: Grant): string {
  const conditions = Object.values(condition ?? {}).flatMap((operands) => Object.entries(operands));
  const when = conditions.map(([key, value]) => `${key}=${String(value)}`).join(' and ');
  return `${role}: ${action} on ${resource}${when === '' ? '' : ` if ${when}`}`;
}

function grantsOf(role: string, { Effect, Action, Resource, Condition }: Statement): Grant[] {
  if (Effect !== 'Allow') throw new Error(`${role} has a statement that does not allow.`);
  const condition = Condition === undefined ? {} : { condition: Condition };
  return list(Action).flatMap((action) => list(Resource).map((resource) => ({ role, action, resource, ...condition })));
}

/** `BrokerDeviceApiRole095BD1E2` → `DeviceApi`. */
function roleName(logicalId: string): string {
  return withoutHash(logicalId)
    .replace(/^Broker/, '')
    .replace(/Role$/, '');
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}

/** The local run's names for everything, and names for log groups, which it has no need of. */
function resolverOf(template: Template): Resolve {
  const resolve = makeResolver(template);
  const isLogGroup = (id: string) => template.Resources[id]?.Type === 'AWS::Logs::LogGroup';
  const nameLogGroups = (text: string) =>
    text.replace(/\{"Fn::GetAtt":\["(\w+)","Arn"\]\}/g, (whole, id: string) =>
      isLogGroup(id) ? JSON.stringify(`arn:aws:logs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:log-group:${id}:*`) : whole,
    );
  return (value) => resolve(JSON.parse(nameLogGroups(JSON.stringify(value))));
}

function only(entries: readonly (readonly [string, TemplateResource])[]): TemplateResource {
  const [entry, ...others] = entries;
  if (entry === undefined || others.length > 0) throw new Error(`expected one resource, found ${entries.length}`);
  return entry[1];
}
