import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/**
 * Leaves wording out of the mutations: in lambda/core, text with a space between two words is a sentence for people, and
 * another sentence is no other behaviour. What a sentence interpolates is left out with it only when it is a plain value.
 */
const isWording = (text) => /\S \S/.test(text);

const isPlain = ({ type }) => type === 'Identifier' || type === 'MemberExpression';

function shouldIgnore({ node }) {
  if (node.type === 'StringLiteral' && isWording(node.value)) return 'wording';
  if (node.type !== 'TemplateLiteral' || !node.expressions.every(isPlain)) return undefined;
  return isWording(node.quasis.map(({ value }) => value.raw).join('x')) ? 'wording' : undefined;
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'wording', { shouldIgnore })];
