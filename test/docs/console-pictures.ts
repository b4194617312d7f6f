/**
 * Takes the pictures of the console for the docs, on a local broker with a device in every state: `npm run docs:pictures`.
 * It needs Chromium, and writes docs/img/console-*.png.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { openBrowser } from '../console/support/chromium.ts';
import { fillWithEveryState } from '../console/support/every-state.ts';
import { sessionOf } from '../console/support/operator.ts';

const FOLDER = join(import.meta.dirname, '../../docs/img');
/** What a page of documentation may carry. */
const MOST_BYTES = 150_000;
const PATIENCE = { timeout: 30_000 };

/** A picture: its name, where in the console it is, what must be seen before it is taken, and how high it is. */
interface Picture {
  readonly name: string;
  readonly place: string;
  readonly landmark: string;
  readonly height: number;
}

const browser = await openBrowser();
if (browser === undefined) {
  process.exitCode = 1;
} else {
  const broker = await startLocalBroker({ port: 0, ephemeral: true });
  try {
    for (const picture of await pictures(broker)) await take(browser, broker.console, picture);
  } finally {
    await browser.close();
    await broker.close();
  }
}

/** Fills the broker, and says what is worth a picture then. */
async function pictures(broker: LocalBroker): Promise<Picture[]> {
  const devices = await fillWithEveryState(broker);
  // What was approved and what expired last is known after the next poll: a picture shows no news of it.
  await sleep(8000);
  const delivered = await sessionOf(broker.api, devices.get('kiosk-leipzig-01')?.clientId ?? '');
  return [
    { name: 'console-waiting', place: '#/waiting', landmark: 'table.list', height: 578 },
    { name: 'console-overview', place: '#/overview', landmark: 'main h1', height: 720 },
    { name: 'console-session', place: `#/sessions/${delivered}`, landmark: '.timeline', height: 620 },
  ];
}

async function take(browser: Browser, console: string, { name, place, landmark, height }: Picture): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1280, height },
    locale: 'en-GB',
    timezoneId: 'UTC',
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${console}/${place}`);
  await settled(page, landmark);
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path });
  await context.close();
  const bytes = statSync(path).size;
  process.stdout.write(`${path}: ${Math.round(bytes / 1000)} kB\n`);
  if (bytes > MOST_BYTES) throw new Error(`${name}.png is larger than ${MOST_BYTES} bytes: make it less high.`);
}

async function settled(page: Page, landmark: string): Promise<void> {
  await page
    .locator(landmark)
    .first()
    .waitFor({ state: 'visible', ...PATIENCE });
  await page
    .getByText('Live', { exact: true })
    .first()
    .waitFor({ state: 'visible', ...PATIENCE });
  await page.waitForTimeout(200);
}
