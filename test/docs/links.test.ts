import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf, markdownFiles, PROJECT, read } from './markdown.ts';

/** What is wrong with a link, or nothing. Nothing is asked of the network. */
function wrongWith(target: string, document: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return wrongWithAddress(target);
  const [path = '', anchor] = target.split('#');
  if (path.startsWith('/')) return 'is no path from the document';
  const file = path === '' ? document : normalize(join(dirname(document), decodeURIComponent(path)));
  if (file.startsWith('..') || !existsSync(join(PROJECT, file))) return 'leads nowhere';
  if (anchor === undefined) return undefined;
  if (!file.endsWith('.md')) return statSync(join(PROJECT, file)).isFile() ? 'has an anchor into no page' : undefined;
  return anchorsOf(read(file)).has(anchor) ? undefined : 'has no such heading';
}

function wrongWithAddress(target: string): string | undefined {
  if (!URL.canParse(target)) return 'is no address';
  const { protocol, hostname } = new URL(target);
  return protocol === 'https:' && hostname.includes('.') ? undefined : 'is not an https address';
}

describe.each(markdownFiles())('%s', (document) => {
  it('has only links that lead somewhere', () => {
    const wrong = linksOf(read(document)).flatMap((target) => {
      const why = wrongWith(target, document);
      return why === undefined ? [] : [`${target} ${why}`];
    });

    expect(wrong).toEqual([]);
  });

  it('says nothing of the machine that it was written on', () => {
    expect(read(document)).not.toMatch(/\/(?:home|Users|work|root)\/\w/);
  });
});

describe('a link', () => {
  it.each([
    ['docs/nowhere.md', 'leads nowhere'],
    ['../outside.md', 'leads nowhere'],
    ['/README.md', 'is no path from the document'],
    ['docs/deploy.md#no-such-heading', 'has no such heading'],
    ['#no-such-heading', 'has no such heading'],
    ['LICENSE#heading', 'has an anchor into no page'],
    ['http://example.com', 'is not an https address'],
    ['https://', 'is no address'],
  ])('to %s in the README is found wrong: it %s', (target, why) => {
    expect(wrongWith(target, 'README.md')).toBe(why);
  });

  it.each([
    'docs/deploy.md',
    'docs/deploy.md#three-commands',
    '#deploy-it',
    'LICENSE',
    'https://www.rfc-editor.org/rfc/rfc8628',
  ])('to %s in the README is right', (target) => {
    expect(wrongWith(target, 'README.md')).toBeUndefined();
  });

  it('is found however it is written, and not in code', () => {
    const text =
      'A [b](c.md), ![d](<e.png> "f"), <img src="g.svg">, `[h](i.md)`\n\n[j]: k.md\n\n```md\n[l](m.md)\n```\n';

    expect(linksOf(text)).toEqual(['c.md', 'e.png', 'k.md', 'g.svg']);
  });
});

describe('an anchor', () => {
  it('is made of a heading as GitHub makes it', () => {
    const text =
      '# The `a_b`: [what](x.md) it is\n\n## Too\n\n## Too\n\n```sh\n# no heading\n```\n\n<a id="here"></a>\n';

    expect([...anchorsOf(text)].toSorted()).toEqual(['here', 'the-a_b-what-it-is', 'too', 'too-1']);
  });
});
