/** Values that a JSON schema takes. */
import fc from 'fast-check';

/** As much of JSON Schema as the ops API's input needs. */
export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/**
 * The values.
 *
 * @throws for a schema that it does not know: then it has to learn it
 */
export function valuesOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valuesOf));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 });
    case 'string':
      return schema.pattern === undefined ? textOf(schema) : fc.stringMatching(new RegExp(schema.pattern));
    case 'object': {
      const members = Object.entries(schema.properties ?? {}).map(([name, member]) => [name, valuesOf(member)]);
      return fc.record(Object.fromEntries(members), {});
    }
    default:
      throw new Error(`No values are known for ${JSON.stringify(schema)}.`);
  }
}

/** A text with a place for everything; blanks alone are none to the ops API. */
function textOf({ minLength = 0, maxLength = 60 }: JsonSchema): fc.Arbitrary<string> {
  const any = fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 60) });
  return minLength === 0 ? any : fc.oneof(any, fc.constant('no longer in use'));
}
