/** How long a wrong secret takes to be refused, by how much of it is right. For people to look at: a machine that is busy proves nothing. */
import { sha256 } from '../../lambda/core/hashing.ts';
import { send } from './gateway.ts';
import type { FuzzedDeployment } from './run-target.ts';

const ROUNDS = 4_000;

/** Measures, taking turns. @returns one line a kind of secret */
export async function timeSecrets({ plane, population }: FuzzedDeployment): Promise<string[]> {
  const { clientId = '', clientSecret = '' } = population.devices[0]?.members ?? {};
  const other = sha256('another secret');
  const kinds = [0, 1, 20, 42].map((right) => ({
    right,
    clientSecret: clientSecret.slice(0, right) + other.slice(right),
    tookMs: [] as number[],
  }));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of kinds) {
      const began = performance.now();
      await send(plane, {
        method: 'POST',
        path: '/revoke',
        query: '',
        headers: [['Content-Type', 'application/json']],
        body: JSON.stringify({ clientId, clientSecret: kind.clientSecret, token: 'x' }),
        base64: false,
        sourceIp: '192.0.2.7',
      });
      kind.tookMs.push(performance.now() - began);
    }
  }
  return kinds.map(({ right, tookMs }) => {
    const [lower, median, upper] = [0.25, 0.5, 0.75].map((share) => at(tookMs, share));
    return `${right} of 43 characters right: median ${median} µs, quartiles ${lower} and ${upper} µs`;
  });
}

const at = (values: readonly number[], share: number): string =>
  ((values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? 0) * 1_000).toFixed(0);
