/** Reads the project's Markdown as far as the tests of the docs need it: headings, links, blocks of commands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** What holds no documentation of the project. */
const NOT_READ = /^(\.|node_modules$|cdk\.out$|coverage$|dist$|reports$|test-output$)/;

/** Every Markdown file, by its path in the project. */
export function markdownFiles(folder = ''): string[] {
  return readdirSync(join(PROJECT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_READ.test(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** A file of the project as text. */
export const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');

const FENCE = /^( *)(```+)([^\n]*)\n([\s\S]*?)^\1\2 *$/gm;

/** The text without fenced blocks, as many lines long as before. */
const withoutBlocks = (text: string): string => text.replace(FENCE, (block) => block.replace(/[^\n]/g, ''));

/**
 * The anchors of a document, as GitHub makes them of headings: small letters, digits, hyphens and underscores, the second of
 * a name with `-1` behind it; and those that are written out.
 */
export function anchorsOf(text: string): Set<string> {
  const plain = withoutBlocks(text);
  const seen = new Map<string, number>();
  const anchors = new Set([...plain.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id]) => String(id)));
  for (const [, heading = ''] of plain.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = heading
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

/** Everything that a document links to or shows, as it is written there: Markdown's links and pictures, and HTML's. */
export function linksOf(text: string): string[] {
  const plain = withoutBlocks(text).replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '');
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^ *\[[^\]]+\]: +<?([^\s>]+)/gm,
    /<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)="([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) => [...plain.matchAll(pattern)].map(([, target]) => String(target)));
}

/** A block of commands. */
export interface CommandBlock {
  readonly line: number;
  readonly text: string;
  /** What the comment before it says: which test runs it, or what it needs that a test has not. */
  readonly run?: string;
  readonly needs?: string;
}

/** The blocks of shell commands of a document. */
export function commandBlocksOf(text: string): CommandBlock[] {
  return [...text.matchAll(FENCE)]
    .filter(([, , , info]) => /^(sh|bash|shell|console)\b/.test(info ?? ''))
    .map(({ index, 1: indent = '', 4: body = '' }) => {
      const before = text.slice(0, index);
      const [, word, what] = /<!-- (run|needs): (.+?) -->\s*$/.exec(before) ?? [];
      return {
        line: before.split('\n').length,
        text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
        ...(word === 'run' && { run: String(what) }),
        ...(word === 'needs' && { needs: String(what) }),
      };
    });
}
