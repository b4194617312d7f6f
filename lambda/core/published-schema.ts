/** Finishes generated JSON Schemas for their readers. */

type Json = Readonly<Record<string, unknown>>;

/** Leaves out what says nothing: the pattern behind a format, and the largest safe integer. An `override` for zod. */
export function plainer({
  jsonSchema,
}: {
  jsonSchema: { format?: unknown; pattern?: unknown; maximum?: unknown };
}): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** A schema whose objects, at every depth, may have more members: readers are to ignore what they do not know. */
export function opened(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema), (_, value) => {
    if (value?.additionalProperties === false) delete value.additionalProperties;
    return value;
  });
}

/** A schema without the name of its dialect and its id: what stands inside a document is known by its place. */
export function embedded({ $schema: _schema, $id: _id, ...schema }: Json): Json {
  return schema;
}
