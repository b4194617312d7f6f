/** The licenses of what is bundled: whoever passes on the code has to pass them on, too. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package's folder at the beginning of a file's path. */
const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The name, version and license of every package of which there is something in the bundles, and each license's text once.
 *
 * @param project the folder that the metafile's paths begin in
 * @throws Error when a package does not say what its license is
 */
export function thirdPartyNotices({ outputs }: Metafile, project: string): string {
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const folders = new Set(inputs.flatMap((path) => PACKAGE_FOLDER.exec(path) ?? []));
  const namesByText = new Map<string, string[]>();
  for (const folder of [...folders].sort()) {
    const text = licenseText(join(project, folder));
    namesByText.set(text, [...(namesByText.get(text) ?? []), nameAndLicense(join(project, folder))]);
  }
  const notices = [...namesByText].map(([text, names]) => `${names.join('\n')}\n\n${text}`.trimEnd());
  return `The functions' bundles hold code of these packages.\n\n${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

function nameAndLicense(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  if (license === undefined) throw new Error(`${name} does not say what its license is.`);
  return `${name} ${version} (${license})`;
}

/** Empty where a package has no such file. */
function licenseText(folder: string): string {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  return file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
}
