/** Runs the deployed bundles: each function in a worker thread of its own, with an environment of its own. */

import { randomUUID } from 'node:crypto';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { WorkerCall, WorkerReport, WorkerSettings } from './function-worker.ts';
import { LOCAL_REGION } from './intrinsics.ts';
import { StartError } from './start-error.ts';
import type { FunctionDefinition } from './template.ts';

/** What a call of a function came to. */
export type Invocation =
  | { readonly outcome: 'answered'; readonly answer: unknown }
  | { readonly outcome: 'failed'; readonly errorType: string; readonly errorMessage: string }
  | { readonly outcome: 'timed_out' }
  | { readonly outcome: 'crashed' };

/** The functions of the template. */
export interface Functions {
  /** Calls a function; many calls may be under way at once. */
  invoke(functionArn: string, event: unknown): Promise<Invocation>;
  /** Waits for the calls under way, at most the grace time, and ends the threads. */
  close(): Promise<void>;
}

export interface FunctionsOptions {
  readonly functions: readonly FunctionDefinition[];
  /** Where the AWS stand-ins are. */
  readonly awsEndpoint: string;
  /** Takes what the functions print, line by line. */
  readonly onLine: (functionLabel: string, line: string) => void;
  /** How long `close` waits for calls under way, in milliseconds. */
  readonly graceMs?: number;
}

/**
 * Starts a thread for every function and waits until their bundles are loaded.
 *
 * @throws StartError when a bundle cannot be loaded
 */
export async function startFunctions(options: FunctionsOptions): Promise<Functions> {
  const byArn = new Map(options.functions.map((definition) => [definition.arn, makeRunner(definition, options)]));
  const functions: Functions = {
    invoke: async (functionArn, event) => {
      const runner = byArn.get(functionArn);
      if (runner === undefined) throw new Error(`The template has no function ${functionArn}.`);
      return runner.invoke(event);
    },
    close: async () => {
      await Promise.all([...byArn.values()].map((runner) => runner.close(options.graceMs ?? 5000)));
    },
  };
  try {
    await Promise.all([...byArn.values()].map((runner) => runner.load()));
  } catch (error) {
    await functions.close();
    throw error;
  }
  return functions;
}

interface Runner {
  load(): Promise<void>;
  invoke(event: unknown): Promise<Invocation>;
  close(graceMs: number): Promise<void>;
}

/** One thread and its calls under way. */
interface Thread {
  readonly worker: Worker;
  readonly calls: Map<string, (invocation: Invocation) => void>;
  readonly loaded: Promise<void>;
  /** Takes no more calls, and ends with the last one. */
  retired: boolean;
}

function makeRunner(definition: FunctionDefinition, options: FunctionsOptions): Runner {
  const threads = new Set<Thread>();

  const current = (): Thread => {
    for (const thread of threads) if (!thread.retired) return thread;
    const thread = startThread(definition, options, () => threads.delete(thread));
    threads.add(thread);
    return thread;
  };

  return {
    load: () => current().loaded,
    invoke: async (event) => {
      const thread = current();
      const invocation = await callThread(thread, definition, event);
      // Lambda ends the environment of a call that times out.
      if (invocation.outcome === 'timed_out') thread.retired = true;
      if (thread.retired && thread.calls.size === 0) void thread.worker.terminate();
      return invocation;
    },
    close: async (graceMs) => {
      const deadlineMs = Date.now() + graceMs;
      const busy = (): boolean => [...threads].some(({ calls }) => calls.size > 0);
      while (busy() && Date.now() < deadlineMs) await sleep(20);
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}

function callThread(thread: Thread, definition: FunctionDefinition, event: unknown): Promise<Invocation> {
  const id = randomUUID();
  const timeoutMs = definition.timeoutSeconds * 1000;
  return new Promise((resolve) => {
    const settleCall = (invocation: Invocation): void => {
      clearTimeout(timer);
      thread.calls.delete(id);
      resolve(invocation);
    };
    const timer = setTimeout(() => settleCall({ outcome: 'timed_out' }), timeoutMs);
    thread.calls.set(id, settleCall);
    const call: WorkerCall = { id, event: JSON.stringify(event), deadlineMs: Date.now() + timeoutMs };
    thread.worker.postMessage(call);
  });
}

function startThread(
  definition: FunctionDefinition,
  { awsEndpoint, onLine }: FunctionsOptions,
  onEnd: () => void,
): Thread {
  const workerData: WorkerSettings = {
    functionName: definition.name,
    functionArn: definition.arn,
    memoryMegabytes: definition.memoryMegabytes,
    assetFolder: definition.assetFolder,
    handler: definition.handler,
  };
  const worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
    workerData,
    env: environmentOf(definition, awsEndpoint),
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  const calls: Thread['calls'] = new Map();
  const { promise: loaded, resolve, reject } = Promise.withResolvers<void>();
  // Whoever waits for the loading sees its failure; a thread that is started again later has nobody waiting.
  loaded.catch(() => {});

  forEachLine(worker.stdout, (line) => onLine(definition.label, line));
  forEachLine(worker.stderr, (line) => onLine(definition.label, line));
  worker.on('message', (report: WorkerReport) => (report.report === 'loaded' ? resolve() : settle(calls, report)));
  worker.on('error', (error: Error) => {
    onLine(definition.label, JSON.stringify({ level: 'ERROR', message: `The function crashed: ${error.message}` }));
    reject(new StartError(`The function ${definition.label} cannot be loaded: ${error.message}`));
  });
  worker.on('exit', () => {
    onEnd();
    for (const settleCall of [...calls.values()]) settleCall({ outcome: 'crashed' });
    reject(new StartError(`The function ${definition.label} ended before it was loaded.`));
  });
  return { worker, calls, loaded, retired: false };
}

function settle(calls: Thread['calls'], report: Exclude<WorkerReport, { report: 'loaded' }>): void {
  const settleCall = calls.get(report.id);
  if (report.report === 'answered') settleCall?.({ outcome: 'answered', answer: JSON.parse(report.answer) });
  else settleCall?.({ outcome: 'failed', errorType: report.errorType, errorMessage: report.errorMessage });
}

function forEachLine(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream }).on('line', onLine);
}

/** The variables of the template and of Lambda's runtime, and nothing of the developer's: no AWS profile, no key. */
function environmentOf(definition: FunctionDefinition, awsEndpoint: string): Record<string, string> {
  return {
    ...definition.environment,
    // Its own name, so that whoever watches the stand-ins sees who calls.
    AWS_ACCESS_KEY_ID: definition.label,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_REGION: LOCAL_REGION,
    AWS_ENDPOINT_URL_DYNAMODB: awsEndpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: awsEndpoint,
    AWS_ENDPOINT_URL_KMS: awsEndpoint,
    AWS_ENDPOINT_URL_SFN: awsEndpoint,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    LAMBDA_TASK_ROOT: definition.assetFolder,
    TZ: 'UTC',
  };
}
