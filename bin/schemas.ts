/** `npm run schemas`: writes the schemas of the events; a test holds the files to be current. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { sessionEventSchemas } from '../lambda/core/session-event-schemas.ts';
import { signInEventSchemas } from '../lambda/core/sign-in-event-schema.ts';

const folder = new URL('../schemas/events/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [detailType, schema] of Object.entries({ ...sessionEventSchemas(), ...signInEventSchemas() })) {
  writeFileSync(new URL(`${detailType}.json`, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
