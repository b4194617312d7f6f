import { openDeployedTable } from '../adapters/deployed-table.ts';
import { readDescription, readSettings } from '../adapters/environment.ts';
import { observe, publishMetrics } from '../adapters/observer.ts';
import { systemClock, systemRandomBytes } from '../adapters/system.ts';
import { makeOpsHandler } from '../http/ops-handler.ts';
import { wireOpsPlane } from './ops-plane.ts';

/** The ops API: what operators and their dashboards call, behind AWS_IAM. It reads and decides; it cannot decrypt. */

const plane = wireOpsPlane({
  table: openDeployedTable(),
  fleets: Object.keys(readSettings(__dirname).fleets),
  clock: systemClock,
  randomBytes: systemRandomBytes,
  observe,
});

/** Entry point of the function `ops-api`: API Gateway REST proxy events. */
export const handler = makeOpsHandler(plane, () => readDescription(__dirname)).use(publishMetrics());
