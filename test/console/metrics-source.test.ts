import { describe, expect, it, onTestFinished } from 'vitest';
import type { LastHour } from '../../console/server/metrics-source.ts';
import { LOCAL_CREDENTIALS, startConsole } from '../../console/server/server.ts';
import { ask, codeOf, detailOf, ownPost } from './support/raw-http.ts';

const QUIET: LastHour = { counted: {}, measured: {} };

/** A console whose broker counts; undefined: one on AWS. */
async function open(metrics: { lastHour: () => LastHour } | undefined): Promise<string> {
  const running = await startConsole({
    api: 'http://127.0.0.1:9',
    port: 0,
    region: 'us-east-1',
    credentials: LOCAL_CREDENTIALS,
    ...(metrics !== undefined && { metrics: { ...metrics, prometheusText: () => 'ftb_polls_failed_total 0\n' } }),
  });
  onTestFinished(() => running.close());
  return running.url;
}

describe('the numbers at the console', () => {
  it('are given to Prometheus as it asks for them', async () => {
    const { status, headers, body } = await ask(await open({ lastHour: () => QUIET }), '/metrics');

    expect([status, headers['content-type'], body]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'ftb_polls_failed_total 0\n',
    ]);
  });

  it('are not sent to the page again while they are the same', async () => {
    let hour = QUIET;
    const url = await open({ lastHour: () => hour });
    const first = await ask(url, '/metrics.json');
    const again = () => ask(url, '/metrics.json', { headers: { 'If-None-Match': String(first.headers.etag) } });

    expect(await again()).toMatchObject({ status: 304, body: '' });
    hour = { ...QUIET, measured: { PollLag: { count: 1, medianSeconds: 1, p90Seconds: 1 } } };
    const changed = await again();

    expect([changed.status, JSON.parse(changed.body)]).toEqual([200, hour]);
  });

  it('are in CloudWatch for a broker on AWS, and it says so', async () => {
    const url = await open(undefined);

    for (const path of ['/metrics', '/metrics.json']) {
      const answer = await ask(url, path);
      expect([answer.status, codeOf(answer)]).toEqual([404, 'no_metrics']);
      expect(detailOf(answer)).toMatch(/Look at CloudWatch, namespace FleetTokenBroker/);
    }
    expect(JSON.parse((await ask(url, '/config.json')).body)).toMatchObject({ metrics: false });
  });

  it('are given to no other page, and are not posted to', async () => {
    const url = await open({ lastHour: () => QUIET });

    const foreign = await ask(url, '/metrics', { headers: { 'Sec-Fetch-Site': 'cross-site' } });

    expect([foreign.status, codeOf(foreign)]).toEqual([403, 'foreign_page']);
    expect((await ask(url, '/metrics', ownPost(url, '{}'))).status).toBe(404);
  });
});
