import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SIGN_IN_ENDS_SOON } from '../../lambda/core/announce-endings.ts';
import { DETAIL_TYPES, EVENT_SOURCE } from '../../lambda/core/session-events.ts';
import { wrongWithEvent } from './described-events.ts';

const text = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

/** A fenced block of JSON by the word behind its language. */
function block(name: string) {
  const found = new RegExp(`\`\`\`json ${name}\\n(.*?)\`\`\``, 's').exec(text)?.[1];
  return JSON.parse(found ?? 'null');
}

/** What a rule puts in for `$.a.b`. */
const at = (path: string, event: unknown): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce((value, name) => (value as Record<string, unknown>)[name], event);

describe('docs/events.md', () => {
  it('names every event', () => {
    const named = [...text.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);

    expect(named.toSorted()).toEqual([...Object.values(DETAIL_TYPES), SIGN_IN_ENDS_SOON].toSorted());
  });

  it('shows an event that is as its schema says', () => {
    const { source, detail, 'detail-type': detailType } = block('event');

    expect(source).toBe(EVENT_SOURCE);
    expect(wrongWithEvent({ detailType, detail })).toEqual([]);
  });

  it('has a rule that lets its event through', () => {
    const [event, pattern] = [block('event'), block('pattern')];

    expect(Object.keys(pattern)).toEqual(['source', 'detail-type']);
    for (const [member, values] of Object.entries(pattern)) expect(values).toContain(event[member]);
  });

  it('has a target that makes of its event a message that chat applications can show', () => {
    const [event, [target]] = [block('event'), block('targets')];
    const { InputPathsMap, InputTemplate } = target.InputTransformer as {
      InputPathsMap: Record<string, string>;
      InputTemplate: string;
    };

    const message = JSON.parse(
      InputTemplate.replace(/<(\w+)>/g, (_, name) => String(at(InputPathsMap[name] ?? '', event))),
    );

    expect(message).toEqual({
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: 'kiosk-7 waits for approval',
        description: 'Fleet kiosks, until 2026-11-22T07:00:00.000Z',
      },
      metadata: { threadId: event.detail.data.sessionId },
    });
  });
});
