import type { Clause, Item } from '../../lambda/adapters/table.ts';

/**
 * Evaluates the conditions of the stores' writes. They are read as the text that DynamoDB is sent, so that what is tried
 * here is what the table would be asked.
 */
export function holds(clause: Clause, item: Partial<Item>): boolean {
  const values: unknown[] = [];
  const text = clause({
    name: (attribute) => `#${attribute}`,
    value: (value) => `:${values.push(value) - 1}`,
  });
  return compiled(text)(item, values);
}

type Test = (item: Partial<Item>, values: readonly unknown[]) => boolean;

const known = new Map<string, Test>();

function compiled(text: string): Test {
  const before = known.get(text);
  if (before !== undefined) return before;
  const test = compile(text);
  known.set(text, test);
  return test;
}

const EXISTS = /^attribute_(not_)?exists\(#(\w+)\)$/;
const ONE_OF = /^#(\w+) IN \((.*)\)$/;
const COMPARE = /^#(\w+) (=|<=|<|>) ([#:])(\w+)$/;

function compile(text: string): Test {
  if (text.startsWith('(')) {
    const tests = text.slice(1, -1).split(' OR ').map(compile);
    return (item, values) => tests.some((test) => test(item, values));
  }
  const [, not, present] = EXISTS.exec(text) ?? [];
  if (present !== undefined) return (item) => (item[present] === undefined) === (not !== undefined);
  const [, member, list] = ONE_OF.exec(text) ?? [];
  if (member !== undefined && list !== undefined) {
    const places = list.split(', ').map((name) => Number(name.slice(1)));
    return (item, values) => places.some((place) => values[place] === item[member]);
  }
  const [, name, operator, sigil, other] = COMPARE.exec(text) ?? [];
  if (name === undefined || other === undefined) throw new Error(`the bench cannot evaluate the condition ${text}`);
  return (item, values) => compare(item[name], operator as string, sigil === ':' ? values[Number(other)] : item[other]);
}

/** An attribute that is not there fulfils no comparison. */
function compare(left: unknown, operator: string, right: unknown): boolean {
  if (left === undefined || right === undefined) return false;
  if (operator === '=') return left === right;
  const [a, b] = [left as number, right as number];
  return operator === '<' ? a < b : operator === '<=' ? a <= b : a > b;
}
