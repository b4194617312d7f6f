import { beforeAll, describe, expect, it } from 'vitest';
import { loadPlane, type Plane } from './bundle-plane.ts';
import { type FuzzRequest, send } from './gateway.ts';

const REQUEST: FuzzRequest = {
  method: 'GET',
  path: '/',
  query: '',
  headers: [],
  body: '',
  base64: false,
  sourceIp: '192.0.2.7',
  signer: 'arn:aws:iam::000000000000:user/operator',
};

let plane: Plane;
beforeAll(async () => {
  plane = await loadPlane('client_secret');
}, 60_000);

async function answerTo(request: Partial<FuzzRequest>): Promise<Record<string, unknown>> {
  const answered = await send(plane, { ...REQUEST, ...request });
  if (answered.by === 'gateway') throw new Error('no function was asked');
  return { status: answered.answer.statusCode, ...(JSON.parse(answered.answer.body) as object) };
}

describe('an id with a slash in it', () => {
  it.each(['/sessions/%2F', '/clients/%2f%2F', '/enrollment-keys/%2f'])(
    'is the id of nothing, and %s no list: who may read one thing may not read all',
    async (path) => {
      expect(await answerTo({ path })).toMatchObject({ status: 404, code: 'not_found' });
    },
  );

  it('leads to no other act', async () => {
    const revoked = await answerTo({ method: 'POST', path: '/clients/x%2Frevoke/unlock', body: '{"reason":"a test"}' });

    expect(revoked).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('is no enrollment key', async () => {
    const body = '{"clientName":"kiosk-9","clientType":"public"}';
    const refused = await answerTo({ method: 'POST', path: '/e/a%2Fb/client/register', body });

    expect(refused).toMatchObject({ status: 401, error: 'invalid_token' });
  });
});
