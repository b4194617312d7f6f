/** Deferred approval on the running broker: a device, a person with a browser, and AWS. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { sessionIdOf } from '../../lambda/core/device-code.ts';
import { postForm } from '../clients/support/http.ts';
import { clientSettings } from '../local/stand-in-clients.ts';
import { continueToAws, makeBrowser } from '../support/browser.ts';
import type { RunningBroker, RunningDevice } from '../support/running-broker.ts';

export function deferredSuite(running: RunningBroker): void {
  const { broker, decide, poll, pollToTheEnd, reaches, session, upstreamCalls } = running;
  const start = (client?: { clientId: string; clientSecret: string }) => running.start('kiosks', client);

  /** What every execution so far was started with. */
  async function executionInputs(): Promise<string[]> {
    const sfn = new SFNClient(clientSettings(broker().aws.endpoint));
    const { stateMachineArn } = broker().aws;
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    const described = await Promise.all(
      executions.map(({ executionArn }) => sfn.send(new DescribeExecutionCommand({ executionArn }))),
    );
    sfn.destroy();
    return described.map(({ input }) => input ?? '');
  }

  describe('a fleet with deferred approval, on the local broker', () => {
    let forgotten: RunningDevice;
    beforeAll(async () => {
      forgotten = await start();
    });

    it('answers a device at once, with the broker’s own code and link, and a time that suits people', async () => {
      const { userCode, ...told } = await start();

      expect(userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
      expect(told).toMatchObject({
        verificationUri: `${broker().api}/activate`,
        verificationUriComplete: `${broker().api}/activate?user_code=${userCode}`,
        expiresIn: 86_400,
        interval: 30,
      });
      expect([...broker().identityCenterCalls]).toEqual([]);
    });

    it('signs a device in when a person continues and approves at AWS, while the device sleeps', async () => {
      const device = await start();

      const awsCode = await continueToAws(device.verificationUriComplete);
      expect(awsCode).not.toBe(device.userCode);
      await decide('approve', awsCode);
      await reaches(device, 'authorized');

      expect((await poll(device)).body).toMatchObject({
        tokenType: 'Bearer',
        refreshToken: expect.any(String),
      });
      expect((await makeBrowser().visit(device.verificationUriComplete)).status).toBe(410);
    });

    it('asks the person again when the AWS code died, and polls anew each time', async () => {
      const device = await start();
      broker().identityCenterKnobs.deviceCodeLifetimeSeconds = 1;
      const codes = [await continueToAws(device.verificationUriComplete)];
      await reaches(device, 'awaiting_operator');
      broker().identityCenterKnobs.deviceCodeLifetimeSeconds = 600;
      codes.push(await continueToAws(device.verificationUriComplete));
      await decide('approve', codes.at(-1) ?? '');

      await reaches(device, 'authorized');

      const sessionId = sessionIdOf(device.deviceCode);
      expect(new Set(codes).size).toBe(2);
      expect(await session(device)).toMatchObject({ activations: 2 });
      expect((await executionInputs()).filter((input) => input.includes(sessionId))).toHaveLength(2);
      expect((await poll(device)).status).toBe(200);
    });

    it('leads two people to one AWS page, and starts one authorization', async () => {
      const { verificationUriComplete } = await start();
      const before = upstreamCalls('StartDeviceAuthorization');

      const first = await continueToAws(verificationUriComplete);
      const others = await Promise.all([1, 2, 3].map(() => continueToAws(verificationUriComplete)));

      expect(new Set([first, ...others]).size).toBe(1);
      expect(upstreamCalls('StartDeviceAuthorization')).toBe(before + 1);
    });

    it('leads five people who continue at once to one AWS page', async () => {
      const { verificationUriComplete } = await start();

      const codes = await Promise.all([1, 2, 3, 4, 5].map(() => continueToAws(verificationUriComplete)));

      expect(new Set(codes).size).toBe(1);
    });

    it('tells a device that was denied at AWS, or refused on the broker’s page', async () => {
      const [denied, refused] = [await start(), await start()];

      await decide('deny', await continueToAws(denied.verificationUriComplete));
      const page = await makeBrowser().press('not_mine', refused.verificationUriComplete);

      expect(page.text).toContain('The device was refused and gets nothing.');
      expect((await pollToTheEnd(denied)).body).toMatchObject({ error: 'access_denied' });
      expect((await pollToTheEnd(refused)).body).toMatchObject({ error: 'access_denied' });
    });

    it('takes no decision from a form that it did not make', async () => {
      const device = await start();
      const fields = { do: 'continue', user_code: device.userCode, csrf_token: 'A'.repeat(43) };

      const answers = [
        await postForm(`${broker().api}/activate`, fields),
        await postForm(`${broker().api}/activate`, fields, { Cookie: `ftb_activation=${'B'.repeat(43)}` }),
      ];

      expect(answers.map(({ status }) => status)).toEqual([403, 403]);
      expect((await session(device)).phase).toBe('awaiting_operator');
    });

    it('shows a device’s name, and never runs it', async () => {
      const client = await running.register('kiosks', '<script>alert(1)</script>');
      const { verificationUriComplete } = await start(client);

      const { text, headers } = await makeBrowser().visit(verificationUriComplete);

      expect(text).not.toContain('<script');
      expect(text).toContain('&#60;script&#62;alert(1)');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    });

    it('keeps AWS’s interval of a second, however often the device asks meanwhile', async () => {
      const device = await start();
      await continueToAws(device.verificationUriComplete);
      const before = upstreamCalls('CreateToken');

      for (let ask = 0; ask < 9; ask += 1) {
        await poll(device);
        await sleep(150);
      }

      expect(upstreamCalls('CreateToken')).toBeGreaterThan(before);
      const polls = Map.groupBy(
        broker().identityCenterCalls.filter(({ operation }) => operation === 'CreateToken'),
        ({ codeHash }) => codeHash,
      );
      const gaps = [...polls.values()].flatMap((calls) =>
        calls.slice(1).map(({ atEpochMs }, index) => atEpochMs - (calls[index]?.atEpochMs ?? 0)),
      );
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    });

    it('has asked AWS nothing for a device that no person came for, and started no execution', async () => {
      expect((await session(forgotten)).phase).toBe('awaiting_operator');
      expect((await executionInputs()).filter((input) => input.includes(sessionIdOf(forgotten.deviceCode)))).toEqual(
        [],
      );
    });

    it('has not polled AWS once before an interval was over, and has written no code into its log', async () => {
      const log = readFileSync(broker().logPath, 'utf8');

      expect(upstreamCalls('CreateToken')).toBeGreaterThan(3);
      expect(broker().identityCenterCalls.early).toBe(0);
      for (const secret of [forgotten.userCode, forgotten.deviceCode]) expect(log).not.toContain(secret);
    });
  });
}
