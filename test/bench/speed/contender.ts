/** A bundled function in a process of its own, with the environment that Lambda would give it. */
import { fork } from 'node:child_process';
import { devNull } from 'node:os';

/** What to run: every event, so many times, one call after the other. */
export interface ContenderTask {
  /** JSON texts. */
  readonly events: readonly string[];
  readonly times: number;
  /** How much later every turn is than the one before, on the function's clock. */
  readonly turnMs: number;
}

/** Time on the clock and time on the processor. */
export interface Elapsed {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** What it came to, or what went wrong. */
export type ContenderReport = ContenderFigures | { readonly fault: string };

export interface ContenderFigures {
  /** The answer of the last call. */
  readonly answer: unknown;
  /** A call's on average, and what of it the function's own thread was at work. */
  readonly wallMicros: number;
  readonly cpuMicros: number;
  /** From the start of the process to the last answer. */
  readonly sinceStart: Elapsed;
  /** From the start of the process to the first line of ours: Node's own start. */
  readonly nodeStart: Elapsed;
}

export interface Contender {
  run(task: ContenderTask): Promise<ContenderFigures>;
  stop(): void;
}

/** Starts a function. @param program the bundled `contender-program` @param bundle the function's `index.js` @param endpointUrl of all of AWS */
export function startContender(program: string, bundle: string, endpointUrl: string): Contender {
  const child = fork(program, [bundle], {
    env: environmentOf(endpointUrl),
    execArgv: [],
    // What a function logs is written, and nobody reads it.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        const failed = (): void => reject(new Error(`${bundle} ended before it answered.`));
        child.once('exit', failed);
        child.once('message', (report: ContenderReport) => {
          child.off('exit', failed);
          if ('fault' in report) reject(new Error(report.fault));
          else resolve(report);
        });
        child.send(task);
      }),
    stop: () => void child.kill('SIGKILL'),
  };
}

/** Names in the environment of every function; the bench's table is called the same. */
export const TABLE_NAME = 'broker-1';

/** The environment of a function whose AWS is all behind one address. */
export function environmentOf(endpointUrl: string): NodeJS.ProcessEnv {
  const services = ['DYNAMODB', 'KMS', 'SFN', 'EVENTBRIDGE', 'SSO_OIDC'];
  return {
    ...Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, endpointUrl])),
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    POWERTOOLS_SERVICE_NAME: 'fleet-token-broker',
    POWERTOOLS_LOG_LEVEL: 'INFO',
    TABLE_NAME,
    REGISTRATION_KEY_ID: 'bench',
    EVENT_BUS_NAME: 'bench',
    STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:bench',
    TZ: 'UTC',
  };
}
