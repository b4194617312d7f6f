/** Where the story plays: the local broker as it is, the console on it, and a browser. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type LocalBroker, startLocalBroker } from '../../../local/broker.ts';
import { openBrowser } from './chromium.ts';

export interface Stage {
  readonly broker: LocalBroker;
  readonly console: { readonly url: string };
  /** The fleet that asks AWS at once, and one that waits for a person first. */
  readonly immediate: LocalBroker['fleets'][string];
  readonly deferred: LocalBroker['fleets'][string];
  close(): Promise<void>;
}

/** Starts the broker with the console on it, as `npm start` does, keeping nothing. */
export async function openStage(): Promise<Stage> {
  const broker = await startLocalBroker({ ephemeral: true });
  const { local: immediate, kiosks: deferred } = broker.fleets;
  if (immediate === undefined || deferred === undefined) throw new Error('a local fleet is missing');
  return { broker, console: { url: broker.console }, immediate, deferred, close: broker.close };
}

/** A page of an operator, and what went wrong in it. */
export interface OperatorPage {
  readonly page: Page;
  /** Errors of the script, and what its policy forbade. */
  readonly complaints: readonly string[];
  /** Every address that was asked for. */
  readonly requests: readonly string[];
}

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 844 };

/** Opens the console in a browser of its own, without what another test left behind. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OperatorPage> {
  const context = await browser.newContext({
    viewport: DESKTOP,
    locale: 'en-GB',
    timezoneId: 'UTC',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // The network's own failures are what some tests make on purpose.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text());
    }
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, complaints, requests };
}

/** What tests on a stage work with. */
export interface Scene extends Stage {
  readonly browser: Browser;
}

/**
 * Tests with a browser, on a stage of their own that is taken down after them. Where no browser starts they are skipped.
 *
 * @param name whom or what they are about
 */
export async function describeOnStage(name: string, tests: (scene: Scene) => void): Promise<void> {
  const browser = await openBrowser();
  if (browser === undefined) {
    it(name, ({ skip }) => skip('no browser starts here'));
    return;
  }
  const stage = await openStage();
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });
  describe(name, () => tests({ ...stage, browser }));
}

/**
 * Opens pages for the tests around it. After each test its pages are closed, and what went wrong in one of them fails it.
 *
 * @returns opens a page of the console, or whatever page has the address
 */
export function usePages({ browser, console }: Scene): (address?: string) => Promise<OperatorPage> {
  const pages: OperatorPage[] = [];

  afterEach(async () => {
    const opened = pages.splice(0);
    await Promise.all(opened.map(({ page }) => page.context().close()));
    expect(opened.flatMap(({ complaints }) => complaints)).toEqual([]);
  });

  return async function open(address = '#/waiting') {
    const opened = await openPage(browser, new URL(address, console.url).href);
    pages.push(opened);
    return opened;
  };
}

/** The row of a device, in whatever list is shown. */
export const rowOf = (page: Page, name: string): Locator =>
  page.locator('table.list tbody tr').filter({ has: page.getByRole('link', { name, exact: true }) });

/** The browser may be slow on a busy machine; what should happen still has to happen. */
export const PATIENCE = { timeout: 20_000 };

/** Waits until something is seen. */
export const seen = (locator: Locator): Promise<void> => locator.first().waitFor({ state: 'visible', ...PATIENCE });

/** Waits until something is gone. */
export const gone = (locator: Locator): Promise<void> => locator.first().waitFor({ state: 'hidden', ...PATIENCE });

/** Asks the broker again at once, as the button does: the tests do not wait for the pace. */
export async function refresh(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Refresh now' }).click();
}

/** Waits for a condition outside the browser. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  await expect.poll(async () => check().then(() => 'as expected', String), PATIENCE).toBe('as expected');
}

/** Where screenshots are written. */
export const screenshotPath = (name: string): string =>
  join(fileURLToPath(new URL('../../../test-output/console/', import.meta.url)), `${name}.png`);
