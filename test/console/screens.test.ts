import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import type { Device } from './support/devices.ts';
import { fillWithEveryState } from './support/every-state.ts';
import { sessionOf } from './support/operator.ts';
import { DESKTOP, describeOnStage, openPage, PHONE, screenshotPath, seen } from './support/stage.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core finds that keeps people from using the page. */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** Wider than the window is a row or a button that somebody has to scroll sideways for. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const LOOKS = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
  ['dark', 360],
] as const;

await describeOnStage('the screens', ({ broker, console, browser }) => {
  let devices: ReadonlyMap<string, Device>;
  const idOf = (name: string): string => devices.get(name)?.clientId ?? '';

  beforeAll(async () => {
    mkdirSync(dirname(screenshotPath('x')), { recursive: true });
    devices = await fillWithEveryState(broker);
  });

  /** What is looked at: where it is, and what is done there. */
  const scenes: Readonly<Record<string, (page: Page) => Promise<void>>> = {
    overview: (page) => visit(page, '', '.tiles'),
    waiting: (page) => visit(page, '#/waiting', 'table.list'),
    'waiting-qr': async (page) => {
      await visit(page, '#/waiting', 'table.list');
      await page.getByRole('button', { name: /^QR/ }).first().click();
    },
    'waiting-bulk': async (page) => {
      await visit(page, '#/waiting', 'table.list');
      await page.locator('tbody input[type=checkbox]').nth(1).click();
      await page
        .locator('tbody input[type=checkbox]')
        .nth(3)
        .click({ modifiers: ['Shift'] });
      await page.getByRole('button', { name: 'Cancel sessions…' }).click();
    },
    'waiting-selected': async (page) => {
      await visit(page, '#/waiting', 'table.list');
      await page.locator('tbody input[type=checkbox]').nth(1).click();
    },
    'waiting-empty': (page) => visit(page, '#/waiting?q=nobody', '.empty'),
    sessions: (page) => visit(page, '#/sessions', 'table.list'),
    'sessions-filtered': (page) => visit(page, '#/sessions?phase=cancelled&fleet=gateways', 'table.list'),
    'session-waiting': async (page) =>
      visit(page, `#/sessions/${await sessionOf(broker.api, idOf('checkin-gate-b03'))}`, '.timeline'),
    'session-delivered': async (page) =>
      visit(page, `#/sessions/${await sessionOf(broker.api, idOf('kiosk-leipzig-01'))}`, '.timeline'),
    'session-missing': (page) => visit(page, '#/sessions/nothing', '.empty'),
    clients: (page) => visit(page, '#/clients', 'table.list'),
    client: (page) => visit(page, `#/clients/${idOf('gateway-hall-9')}`, 'table.list'),
    'enrollment-keys': (page) => visit(page, '#/enrollment-keys', 'table.list'),
    'enrollment-key-new': async (page) => {
      await visit(page, '#/enrollment-keys', 'table.list');
      await page.getByRole('button', { name: 'New key' }).click();
    },
    offline: async (page) => {
      await visit(page, '#/waiting', 'table.list');
      await page.context().setOffline(true);
      await page.getByRole('button', { name: 'Refresh now' }).click();
      await seen(page.locator('.banner'));
    },
  };

  async function visit(page: Page, place: string, landmark: string): Promise<void> {
    await page.goto(`${console.url}/${place}`);
    await seen(page.locator(landmark));
    await seen(page.getByText('Live', { exact: true }));
  }

  it.each(LOOKS)('are fit to be used and seen: %s, %d pixels wide', async (colorScheme, width) => {
    const viewport = width === 360 ? PHONE : DESKTOP;
    const findings: Record<string, unknown> = {};
    for (const [name, play] of Object.entries(scenes)) {
      // axe-core is injected, which the page's own policy rightly forbids; reduced motion keeps pictures still.
      const { page, complaints } = await openPage(browser, 'about:blank', {
        viewport,
        colorScheme,
        bypassCSP: true,
        reducedMotion: 'reduce',
      });
      await play(page);
      await page.waitForTimeout(200);
      const isModal = (await page.locator('dialog[open]').count()) > 0;
      await page.screenshot({
        path: screenshotPath(`${name}-${colorScheme}-${width}`),
        fullPage: width === 360 && !isModal,
      });
      const found = [...(await seriousFindings(page)), ...complaints];
      const sideways = await overflow(page);
      if (found.length > 0 || sideways > 0) findings[name] = { found, sideways };
      await page.context().close();
    }
    expect(findings).toEqual({});
  });
});
