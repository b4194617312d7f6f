/** Whole device flows per second of a server's CPU time, next to oidc-provider doing the same. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf } from './contender.ts';
import { median, type Row, type Section } from './report.ts';
import { bundlePlane, type Storage } from './throughput/bundle-plane.ts';
import { PENDING_POLLS, runFlows } from './throughput/flow.ts';
import { CLIENT_IDS, type ServerAddress } from './throughput/server.ts';

export interface ThroughputOptions {
  /** How often each server is measured, taking turns. */
  readonly rounds: number;
  /** Flows that one measurement counts. */
  readonly sessions: number;
}

/** How many times the peer's sessions per second the broker has to serve. */
const GOAL = 2;

/** On the embedded table, which takes so many times as long, as many times fewer flows are counted. */
const DYNALITE_SHARE = 10;

/** Measures the three servers. */
export async function measureThroughput({ rounds, sessions }: ThroughputOptions): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'broker-throughput-'));
  const servers: Server[] = [];
  try {
    const brokerOn = async (storage: Storage): Promise<Server> => ({
      storage,
      ...(await startServer('broker-server.ts', [await bundlePlane(folder, storage), storage])),
    });
    servers.push(await brokerOn('memory'), await startServer('peer-server.ts', []), await brokerOn('dynalite'));
    const perSecond: number[][] = servers.map(() => []);
    // The first round is the compiler's.
    for (let round = -1; round < rounds; round += 1) {
      for (const [place, server] of servers.entries()) {
        const measured = await sessionsPerCpuSecond(
          server,
          server.storage === 'dynalite' ? sessions / DYNALITE_SHARE : sessions,
        );
        if (round >= 0) perSecond[place]?.push(measured);
      }
    }
    return sectionOf(perSecond, rounds, sessions);
  } finally {
    for (const { child } of servers) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Server {
  readonly storage?: Storage;
  readonly child: ChildProcess;
  readonly address: ServerAddress;
}

async function startServer(program: string, args: readonly string[]): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'throughput', program), args, {
    env: environmentOf('http://127.0.0.1:9'),
    execArgv: [],
    // The peer warns of its in-memory adapter, which is the one that is meant.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return { child, address: await nextMessage<ServerAddress>(child) };
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const waiting = new AbortController();
  const options = { signal: waiting.signal };
  const ended = async (): Promise<never> => {
    await once(child, 'exit', options);
    throw new Error('A server ended before it answered.');
  };
  try {
    const [message] = (await Promise.race([once(child, 'message', options), ended()])) as [T];
    return message;
  } finally {
    waiting.abort();
  }
}

async function sessionsPerCpuSecond({ child, address }: Server, sessions: number): Promise<number> {
  const before = await cpuMicros(child);
  await runFlows(address, sessions);
  return (sessions * 1_000_000) / ((await cpuMicros(child)) - before);
}

function cpuMicros(child: ChildProcess): Promise<number> {
  const told = nextMessage<number>(child);
  child.send('cpu');
  return told;
}

function sectionOf(perSecond: readonly (readonly number[])[], rounds: number, sessions: number): Section {
  const [memory = [], peer = [], dynalite = []] = perSecond;
  const ratioOf = (own: readonly number[]): number => median(own.map((value, place) => value / (peer[place] ?? 0)));
  const row = (name: string, own: readonly number[], goal?: number): Row => {
    const [ratio, ours, theirs] = [ratioOf(own), median(own), median(peer)];
    const absolute = `${ours.toFixed(0)} against ${theirs.toFixed(0)} sessions per CPU second`;
    const figures = { ratio, sessionsPerCpuSecond: ours, peerSessionsPerCpuSecond: theirs };
    return {
      name,
      ratio,
      goal: goal === undefined ? '' : `≥ ${goal}`,
      ...(goal !== undefined && { isMet: ratio >= goal }),
      absolute,
      figures,
    };
  };
  return {
    title: 'Throughput: whole device flows, next to oidc-provider',
    how: [
      `A flow: start, ${PENDING_POLLS} pending polls, approval, claim; form requests over loopback HTTP, ${CLIENT_IDS.length} devices at a time on connections that stay open. The load comes from another process.`,
      'Broker: the deployed handler of the device API with API Gateway events made by a thin HTTP front. Every poll says that it comes one interval after the last, so that it is due without waiting, and polls an upstream inside the process: three table operations, not one.',
      'Peer: oidc-provider 9 with its own in-memory adapter; the approval is made in its models, and it knows no interval. Its polls read, ours also write.',
      `Sessions per second of the server’s CPU time (all threads), median of ${rounds} rounds of ${sessions} flows that take turns.`,
      'Second row: the broker on dynalite over HTTP, embedded in the same process as in the local run; its work counts as the broker’s.',
    ],
    rows: [row('both in memory', memory, GOAL), row('broker on its embedded table', dynalite)],
  };
}
