/** What is bundled for the fuzz run: the two functions behind the API as they are deployed, and what moves their stand-ins. */

export { handler as deviceApi } from '../../../lambda/handlers/device-api.ts';
export { handler as opsApi } from '../../../lambda/handlers/ops-api.ts';
export { setClock, systemClock } from './stand-in-system.ts';
export { countItems, takeChanges, undo } from './stand-in-table.ts';
export { decide } from './stand-in-upstream.ts';
