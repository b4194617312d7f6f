/** The inside of a function's worker thread: loads the deployed bundle and runs its handler, as Lambda's runtime does. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

/** What the thread is started with. */
export interface WorkerSettings {
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMegabytes: number;
  readonly assetFolder: string;
  /** `<file>.<export>`. */
  readonly handler: string;
}

/** A call of the handler. */
export interface WorkerCall {
  readonly id: string;
  /** JSON text. */
  readonly event: string;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
}

/** What the thread says: that its bundle is loaded, or what a call came to. */
export type WorkerReport =
  | { readonly report: 'loaded' }
  | { readonly report: 'answered'; readonly id: string /** JSON text. */; readonly answer: string }
  | { readonly report: 'failed'; readonly id: string; readonly errorType: string; readonly errorMessage: string };

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

if (parentPort !== null) serve(parentPort, workerData as WorkerSettings);

function serve(port: NonNullable<typeof parentPort>, settings: WorkerSettings): void {
  const handler = loadHandler(settings);
  const say = (report: WorkerReport): void => port.postMessage(report);
  port.on('message', async (call: WorkerCall) => {
    try {
      const answer = await handler(JSON.parse(call.event), contextOf(settings, call));
      say({ report: 'answered', id: call.id, answer: JSON.stringify(answer) ?? 'null' });
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      say({ report: 'failed', id: call.id, errorType: name, errorMessage: message });
    }
  });
  say({ report: 'loaded' });
}

function loadHandler({ assetFolder, handler }: WorkerSettings): Handler {
  const [file = '', exportName = ''] = handler.split('.');
  const bundle = join(assetFolder, `${file}.js`);
  const loaded = (createRequire(bundle)(bundle) as Record<string, unknown>)[exportName];
  if (typeof loaded !== 'function') throw new Error(`${bundle} exports no ${exportName}`);
  return loaded as Handler;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf(settings: WorkerSettings, { id, deadlineMs }: WorkerCall): Record<string, unknown> {
  return {
    awsRequestId: id,
    callbackWaitsForEmptyEventLoop: true,
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    invokedFunctionArn: settings.functionArn,
    logGroupName: `/local/${settings.functionName}`,
    logStreamName: 'local',
    memoryLimitInMB: String(settings.memoryMegabytes),
  };
}
