/** Checks events against the schemas in schemas/events. */

import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { SessionEvent } from '../../lambda/core/session-events.ts';

const FOLDER = new URL('../../schemas/events/', import.meta.url);

/** The schemas by detail-type, as they are in the folder. */
export const publishedSchemas: ReadonlyMap<string, unknown> = new Map(
  readdirSync(FOLDER).map((file) => [
    file.replace(/\.json$/, ''),
    JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')),
  ]),
);

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
for (const [detailType, schema] of publishedSchemas) {
  // Closed: subscribers ignore members that are not described, but there is not to be any.
  const closed = JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.properties === undefined ? value : { ...value, additionalProperties: false },
  );
  ajv.addSchema(closed, detailType);
}

/** What is wrong with an event; nothing when it is as described. */
export function wrongWithEvent(event: Pick<SessionEvent, 'detailType' | 'detail'> | undefined): string[] {
  const validate = event && ajv.getSchema(event.detailType);
  if (validate === undefined) return ['there is no such event'];
  if (validate(event?.detail)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  );
}
