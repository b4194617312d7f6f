/** DynamoDB's condition expressions, as far as the broker writes them, evaluated on an item in memory. */

/** The values of an expression, by placeholder. */
export type Values = Readonly<Record<string, unknown>>;

/** Whether an item (undefined: there is none) satisfies a condition. */
export type Condition = (item: Readonly<Record<string, unknown>> | undefined, values: Values) => boolean;

type Operand = (item: Readonly<Record<string, unknown>> | undefined, values: Values) => unknown;

const TOKENS = /attribute_exists|attribute_not_exists|\bAND\b|\bOR\b|\bIN\b|<=|>=|<>|[()=<>,]|#\w+|:\w+/g;
const FUNCTIONS = ['attribute_exists', 'attribute_not_exists'];

const known = new Map<string, Condition>();

/**
 * Compiles a condition expression; names are `#` and the attribute itself.
 *
 * @throws for a form that the broker does not use
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export function compileCondition(expression: string): Condition {
  const compiled = known.get(expression) ?? parse(expression);
  known.set(expression, compiled);
  return compiled;
}

function parse(expression: string): Condition {
  if (expression === '') return () => true;
  const tokens = expression.match(TOKENS) ?? [];
  if (tokens.join('') !== expression.replaceAll(/\s/g, '')) throw new Error(`not a condition: ${expression}`);
  let place = 0;
  const next = (): string => tokens[place++] ?? '';
  const expect = (token: string): void => {
    if (next() !== token) throw new Error(`expected ${token} in ${expression}`);
  };

  function either(): Condition {
    const terms = [both()];
    while (tokens[place] === 'OR') {
      next();
      terms.push(both());
    }
    return (item, values) => terms.some((term) => term(item, values));
  }

  function both(): Condition {
    const terms = [term()];
    while (tokens[place] === 'AND') {
      next();
      terms.push(term());
    }
    return (item, values) => terms.every((one) => one(item, values));
  }

  function term(): Condition {
    const first = next();
    if (first === '(') {
      const inner = either();
      expect(')');
      return inner;
    }
    if (FUNCTIONS.includes(first)) return presence(first);
    return comparison(operand(first), next());
  }

  function presence(name: string): Condition {
    expect('(');
    const attribute = operand(next());
    expect(')');
    const wanted = name === 'attribute_exists';
    return (item, values) => (attribute(item, values) !== undefined) === wanted;
  }

  function comparison(left: Operand, comparator: string): Condition {
    if (comparator === 'IN') return isIn(left);
    const right = operand(next());
    return (item, values) => compare(left(item, values), comparator, right(item, values));
  }

  function isIn(left: Operand): Condition {
    expect('(');
    const members = [operand(next())];
    while (tokens[place] === ',') {
      next();
      members.push(operand(next()));
    }
    expect(')');
    return (item, values) => members.some((member) => compare(left(item, values), '=', member(item, values)));
  }

  const compiled = either();
  if (place < tokens.length) throw new Error(`not a condition: ${expression}`);
  return compiled;
}

function operand(token: string): Operand {
  if (token.startsWith('#')) return (item) => item?.[token.slice(1)];
  if (token.startsWith(':')) return (_item, values) => values[token];
  throw new Error(`not an operand: ${token}`);
}

/** A missing attribute compares with nothing, and neither do values of different types. */
function compare(left: unknown, comparator: string, right: unknown): boolean {
  if (left === undefined || right === undefined || typeof left !== typeof right) return false;
  const [a, b] = [left as number, right as number];
  switch (comparator) {
    case '=':
      return a === b;
    case '<>':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      throw new Error(`not a comparator: ${comparator}`);
  }
}
