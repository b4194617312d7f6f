/** A real browser: the machine's own Chromium, else the one that the npm package brings. */

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const SYSTEM_BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Nothing but what the page asks for goes over the network. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Opens a browser.
 *
 * @returns undefined when there is none that starts; the reason is printed so that nobody takes the tests for passed
 */
export async function openBrowser(): Promise<Browser | undefined> {
  const reasons: string[] = [];
  for (const find of [systemBrowser, packagedBrowser]) {
    try {
      const executablePath = await find();
      return await chromium.launch({ executablePath, args: FLAGS, headless: true });
    } catch (error) {
      reasons.push((error as Error).message.split('\n')[0] ?? '');
    }
  }
  const line = '!'.repeat(100);
  process.stderr.write(
    `${line}\nTHE BROWSER TESTS OF THE CONSOLE ARE SKIPPED, NOTHING OF ITS PAGE IS TESTED: no Chromium starts here.\n${reasons.join('\n')}\nInstall Chromium (apt-get install chromium), or name one in CHROMIUM_PATH, and run them again.\n${line}\n`,
  );
  return undefined;
}

async function systemBrowser(): Promise<string> {
  const path = [process.env.CHROMIUM_PATH, ...SYSTEM_BROWSERS].find((one) => one !== undefined && existsSync(one));
  if (path === undefined) throw new Error(`No browser at ${SYSTEM_BROWSERS.join(', ')}.`);
  return path;
}

async function packagedBrowser(): Promise<string> {
  const { default: packaged } = await import('@sparticuz/chromium');
  return packaged.executablePath();
}
