/** `npm run enroll` against the running broker. */

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { postJson } from '../support/http.ts';
import { broker } from '../support/local-broker.ts';
import { type Finished, run } from '../support/programs.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/enroll.ts', import.meta.url));

const enroll = (...args: string[]): Promise<Finished> =>
  run(process.execPath, [PROGRAM, '--broker-file', broker().brokerFilePath, ...args]);

describe.concurrent('npm run enroll', () => {
  it('makes a key that registers as many devices as it was asked for', async () => {
    const { stdout, stderr } = await enroll(
      '--fleet',
      'local',
      '--max-uses',
      '1',
      '--expires',
      '30d',
      '--note',
      'lobby',
    );

    expect(stderr).toBe('');
    const deviceEndpoint = /device endpoint +(\S+)/.exec(stdout)?.[1];
    const register = () =>
      postJson(`${deviceEndpoint}/client/register`, { clientName: 'kiosk-7', clientType: 'public' });
    expect((await register()).status).toBe(200);
    expect((await register()).body.message).toMatch(/used as often as it may be/);
  });

  it.each([
    [['--fleet', 'nowhere'], /There is no such fleet: use one of local/],
    [[], /Name the fleet/],
    [['--fleet', 'local', '--expires', 'soon'], /such as 30d/],
    [['--fleet', 'local', '--max-uses', '0'], /whole number from 1/],
    [['--flet', 'local'], /Unknown option '--flet'.*npm run enroll -- --fleet NAME/s],
    [['--fleet', 'local', '--broker-file', '/nowhere/broker.json'], /start one with npm start/],
  ])('says what to write instead of %j', async (args, sentence) => {
    const { code, stdout, stderr } = await enroll(...args);

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(sentence);
  });
});
