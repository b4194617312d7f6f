/** A broker to flood: `npm start` in a process of its own, on a copy of the project, with its table on disk. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { BrokerFile } from '../../local/broker-file.ts';
import { startBroker } from '../e2e/broker-process.ts';
import { freePort } from '../e2e/free-ports.ts';
import { copyProject } from '../e2e/project-copy.ts';

/** The running broker. */
export interface FloodedBroker {
  readonly broker: BrokerFile;
  /** What its process holds of the machine's memory, in megabytes. */
  memoryMegabytes(): number;
  stop(): Promise<void>;
}

/** Starts it. */
export async function startFloodedBroker(): Promise<FloodedBroker> {
  const project = copyProject();
  const port = await freePort();
  const running = await startBroker(project, ['--port', String(port)]);
  return {
    broker: running.broker,
    memoryMegabytes: () => residentMegabytes(port),
    async stop() {
      await running.interrupt();
      project.remove();
    },
  };
}

/** Of its own: the table's files, which the system maps into it and out of it as it likes, are not counted where it tells. */
function residentMegabytes(port: number): number {
  const lines = execFileSync('ps', ['-eo', 'pid,rss,args'], { encoding: 'utf8' }).split('\n');
  const own = lines.find((line) => /\bnode\b.*bin\/local\.ts/.test(line) && line.includes(`--port ${port}`));
  const [pid = '', resident = ''] = own?.trim().split(/\s+/) ?? [];
  const status = `/proc/${pid}/status`;
  const anonymous = existsSync(status) && /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1];
  return Number(anonymous || resident) / 1024;
}
