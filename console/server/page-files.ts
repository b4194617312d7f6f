/** The page's files: bundled when the console starts, so that there is no built copy to forget. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** A file of the page. */
export interface PageFile {
  readonly contentType: string;
  readonly etag: string;
  readonly body: Uint8Array;
}

const PAGE = fileURLToPath(new URL('../page/', import.meta.url));

/** Builds the page. @returns its files by URL path */
export function buildPage(): ReadonlyMap<string, PageFile> {
  return new Map([
    ['/', file('text/html; charset=utf-8', readFileSync(`${PAGE}index.html`))],
    ['/icon.svg', file('image/svg+xml', readFileSync(`${PAGE}icon.svg`))],
    ['/console.js', file('text/javascript; charset=utf-8', bundle(`${PAGE}main.tsx`))],
    ['/console.css', file('text/css; charset=utf-8', bundle(`${PAGE}styles/console.css`))],
  ]);
}

function bundle(entryPoint: string): Uint8Array {
  const { outputFiles } = buildSync({
    entryPoints: [entryPoint],
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild made nothing of ${entryPoint}`);
  return output.contents;
}

function file(contentType: string, body: Uint8Array): PageFile {
  return { contentType, body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}
