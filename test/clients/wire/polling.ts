/** How fast a device may poll: what real clients do is no offence, and slow_down never costs anything. */

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { poll, pollToTheEnd, start } from '../support/device.ts';
import { approve, broker, deny } from '../support/local-broker.ts';

describe.concurrent('a device that polls', () => {
  it('the two polls of the AWS CLI, 3 ms apart, are both told to wait, and none to slow down', async () => {
    const device = await start(broker());

    const first = await poll(broker(), device);
    await sleep(3);
    const second = await poll(broker(), device);

    expect([first.body.error, second.body.error]).toEqual(['authorization_pending', 'authorization_pending']);
  });

  it('upstream is polled at its interval, however fast the device is', async () => {
    const device = await start(broker());

    for (let polls = 0; polls < 40; polls += 1) await poll(broker(), device);

    expect(broker().identityCenterCalls.early).toBe(0);
  });

  it('a device that polls without end is told to slow down, and how long', async () => {
    const device = await start(broker());

    const answers = await Promise.all(Array.from({ length: 30 }, () => poll(broker(), device)));

    const slowed = answers.filter(({ body }) => body.error === 'slow_down');
    expect(slowed.length).toBeGreaterThanOrEqual(4);
    for (const { status, headers } of slowed) {
      expect(status).toBe(400);
      expect(headers.get('x-amzn-errortype')).toBe('SlowDownException');
      expect(headers.get('retry-after')).toBe('6');
    }
  });

  it('a device that waits its interval after a slow_down is not told again', async () => {
    const device = await start(broker());
    await Promise.all(Array.from({ length: 30 }, () => poll(broker(), device)));

    const errors: unknown[] = [];
    for (let polls = 0; polls < 3; polls += 1) {
      await sleep(device.interval * 1000 + 20);
      errors.push((await poll(broker(), device)).body.error);
    }

    expect(errors).toEqual(['authorization_pending', 'authorization_pending', 'authorization_pending']);
  });

  it('slow_down hides no approval', async () => {
    const device = await start(broker());
    await Promise.all(Array.from({ length: 30 }, () => poll(broker(), device)));
    await approve(broker(), device.userCode);

    expect((await pollToTheEnd(broker(), device)).status).toBe(200);
    const hasty = await Promise.all(Array.from({ length: 30 }, () => poll(broker(), device)));

    expect(new Set(hasty.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('slow_down hides no denial', async () => {
    const device = await start(broker());
    await deny(broker(), device.userCode);
    await pollToTheEnd(broker(), device);

    const hasty = await Promise.all(Array.from({ length: 30 }, () => poll(broker(), device)));

    expect(new Set(hasty.map(({ body }) => body.error))).toEqual(new Set(['access_denied']));
  });
});

it('50 polls of an approved code at once get one and the same token set, fetched once', async () => {
  const device = await start(broker());
  await approve(broker(), device.userCode);
  await sleep(device.interval * 1000);
  const before = broker().identityCenterCalls.filter(({ outcome }) => outcome === 'ok').length;

  const answers = await Promise.all(Array.from({ length: 50 }, () => poll(broker(), device)));
  const tokens = await pollToTheEnd(broker(), device);

  expect(tokens.status).toBe(200);
  const given = answers.filter(({ status }) => status === 200);
  expect(new Set([tokens, ...given].map(({ body }) => body.accessToken)).size).toBe(1);
  expect(new Set([tokens, ...given].map(({ body }) => body.refreshToken)).size).toBe(1);
  expect(broker().identityCenterCalls.filter(({ outcome }) => outcome === 'ok').length).toBe(before + 1);
});
