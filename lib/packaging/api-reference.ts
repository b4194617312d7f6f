/** The reference of the construct, made of the docstrings of what the package exports. */
import { join } from 'node:path';
import {
  type ClassDeclaration,
  type InterfaceDeclaration,
  type JSDocableNode,
  type MethodDeclaration,
  Node,
  Project,
  type PropertyDeclaration,
  type PropertySignature,
  Scope,
  type TypeAliasDeclaration,
} from 'ts-morph';

const PROJECT = join(import.meta.dirname, '../..');

type Exported = ClassDeclaration | InterfaceDeclaration | TypeAliasDeclaration;
type Property = PropertyDeclaration | PropertySignature;

const INTRODUCTION = `# API reference

What \`import … from 'fleet-token-broker'\` gives. Made of the docstrings by \`npm run docs:api\`. An app that uses it is in
[examples/cdk-app](../examples/cdk-app/README.md). Types with a prefix are those of the CDK: \`lambda.Function\` is \`Function\` of
\`aws-cdk-lib/aws-lambda\`, and \`sfn\` stands for \`aws-stepfunctions\`.`;

/** The one class that an app makes; the others are types of what it gives. */
const CONSTRUCT = 'FleetTokenBroker';

/**
 * The reference as Markdown, not formatted yet.
 *
 * @throws Error when something that is exported has no docstring
 */
export function apiReference(): string {
  const project = new Project({
    tsConfigFilePath: join(PROJECT, 'tsconfig.json'),
    skipAddingFilesFromTsConfig: true,
    skipFileDependencyResolution: true,
    // What is exported is all in lib/: without the CDK's own declarations this takes a second and not ten.
    compilerOptions: { noResolve: true, types: [] },
  });
  project.addSourceFilesAtPaths(join(PROJECT, 'lib/*.ts'));
  const entry = project.getSourceFileOrThrow(join(PROJECT, 'lib/index.ts'));
  const exported = [...entry.getExportedDeclarations()].map(([name, [declaration]]) => {
    if (Node.isClassDeclaration(declaration)) return { rank: rankOf(name), text: classText(declaration) };
    if (Node.isInterfaceDeclaration(declaration)) return { rank: rankOf(name), text: interfaceText(declaration) };
    if (Node.isTypeAliasDeclaration(declaration)) return { rank: rankOf(name), text: aliasText(declaration) };
    throw new Error(`The reference has no form for ${name}.`);
  });
  const sorted = exported.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return `${[INTRODUCTION, ...sorted.map(({ text }) => text)].join('\n\n')}\n`;
}

/** The construct first, then its props, then the rest by name. */
function rankOf(name: string): string {
  const first = [CONSTRUCT, 'FleetTokenBrokerProps', 'FleetProps'].indexOf(name);
  return first === -1 ? name : String(first);
}

function classText(declaration: ClassDeclaration): string {
  const isPublic = (member: { getScope(): Scope }) => member.getScope() === Scope.Public;
  const [made] = declaration.getConstructors();
  const parameters = made?.getParameters().map((parameter) => parameter.getText()) ?? [];
  const name = declaration.getName();
  const properties = declaration.getProperties().filter(isPublic).map(propertyText);
  const methods = declaration.getMethods().filter(isPublic).map(methodText);
  return [
    heading(declaration),
    described(declaration),
    ...(name === CONSTRUCT ? [code(`new ${name}(${parameters.join(', ')})`)] : []),
    ...(properties.length === 0 ? [] : ['### Properties', properties.join('\n')]),
    ...(methods.length === 0 ? [] : ['### Methods', ...methods]),
  ].join('\n\n');
}

function interfaceText(declaration: InterfaceDeclaration): string {
  const properties = declaration.getProperties().map(propertyText);
  return [heading(declaration), described(declaration), properties.join('\n')].join('\n\n');
}

function aliasText(declaration: TypeAliasDeclaration): string {
  return [heading(declaration), described(declaration), code(declaration.getText())].join('\n\n');
}

function methodText(method: MethodDeclaration): string {
  const parameters = method.getParameters().map((parameter) => parameter.getText());
  const signature = `${method.getName()}(${parameters.join(', ')}): ${method.getReturnTypeNode()?.getText() ?? 'void'}`;
  return [`#### ${method.getName()}`, code(signature), described(method)].join('\n\n');
}

function propertyText(property: Property): string {
  const type = (property.getTypeNode()?.getText() ?? property.getType().getText(property)).replace(/\s+/g, ' ');
  const optional = property.hasQuestionToken() ? ', optional' : '';
  const [standard] = tagsOf(property, 'default');
  const tail = standard === undefined ? '' : ` Default: ${defaultText(standard)}`;
  return `- **\`${property.getName()}\`** (\`${type}\`${optional}): ${oneLine(descriptionOf(property))}${tail}`;
}

/** `- what happens` is said in words; anything else is a value. */
function defaultText(tag: string): string {
  return tag.startsWith('- ') ? `${tag.slice(2)}.` : `\`${tag}\`.`;
}

/** The description, the parameters and the errors. */
function described(node: Exported | MethodDeclaration): string {
  const parameters = node
    .getJsDocs()
    .flatMap((doc) => doc.getTags())
    .filter((tag) => Node.isJSDocParameterTag(tag))
    .map((tag) => `- \`${tag.getName()}\`: ${oneLine(tag.getCommentText() ?? '')}`);
  const errors = tagsOf(node, 'throws').map((tag) => `Throws ${tag}.`);
  return [descriptionOf(node), ...(parameters.length === 0 ? [] : [parameters.join('\n')]), ...errors].join('\n\n');
}

function descriptionOf(node: JSDocableNode & (Exported | MethodDeclaration | Property)): string {
  // The last one: the first thing in a file has the comment of the file above it, too.
  const text = node.getJsDocs().at(-1)?.getDescription().trim() ?? '';
  if (text === '')
    throw new Error(`${node.getName()} has no docstring: write one, it is what the reference is made of.`);
  return text;
}

function tagsOf(node: JSDocableNode, name: string): string[] {
  const tags = node.getJsDocs().flatMap((doc) => doc.getTags());
  return tags.filter((tag) => tag.getTagName() === name).map((tag) => oneLine(tag.getCommentText() ?? ''));
}

const heading = (node: Exported) => `## ${node.getName()}`;
const code = (text: string) => `\`\`\`ts\n${text}\n\`\`\``;
const oneLine = (text: string) => text.trim().replace(/\s*\n\s*/g, ' ');
