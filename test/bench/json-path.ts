/** JSON, and the little of JSONPath that the polling loop's definition uses. */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

const FORMAT = /^States\.Format\('([^']*)', (.*)\)$/;

/**
 * The value at a path.
 *
 * @param path `$.a.b`, `$$.a.b` (the context object) or `States.Format('{}', …)`
 */
export function valueAt(path: string, input: Json, context: JsonObject): Json {
  const [, pattern, list] = FORMAT.exec(path) ?? [];
  if (pattern !== undefined && list !== undefined) {
    const values = list.split(', ').map((member) => String(valueAt(member, input, context)));
    return pattern.replace(/\{\}/g, () => values.shift() ?? '');
  }
  const [root, ...names] = path.split('.');
  if (root !== '$' && root !== '$$') throw new Error(`the bench cannot read the path ${path}`);
  let value: Json | undefined = root === '$' ? input : context;
  for (const name of names) value = (value as JsonObject | undefined)?.[name];
  if (value === undefined) throw new Error(`there is nothing at ${path}`);
  return value;
}

/** A payload template: members whose name ends in `.$` are paths. */
export function fillTemplate(template: Json, input: Json, context: JsonObject): Json {
  if (typeof template !== 'object' || template === null || Array.isArray(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$')
        ? [name.slice(0, -2), valueAt(value as string, input, context)]
        : [name, fillTemplate(value, input, context)],
    ),
  );
}
