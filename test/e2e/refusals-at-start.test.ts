import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokerProcess, killAllBrokers, startBroker, startToItsEnd } from './broker-process.ts';
import { freePort } from './free-ports.ts';
import { copyProject } from './project-copy.ts';

const project = copyProject();
let port: number;

beforeAll(async () => {
  port = await freePort();
});
afterAll(() => {
  killAllBrokers();
  project.remove();
});

/** Starts a broker that has to refuse. @returns its exit status and the lines of its standard error */
async function refusal(...args: string[]): Promise<{ status: number | null; lines: string[] }> {
  const { status, stderr } = await startToItsEnd(project, ['--port', String(port), ...args]);
  return { status, lines: stderr.trimEnd().split('\n') };
}

describe('npm start refuses with one sentence and status 1', { timeout: 60_000 }, () => {
  it.each([
    ['the API', 0],
    ['Identity Center', 1],
  ])('when the port of %s is in use', async (owner, offset) => {
    const other = createServer().listen(port + offset, '127.0.0.1');

    const refused = await refusal('--ephemeral');
    other.close();

    expect(refused).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(
          `^Port ${port + offset} of ${owner} is in use: stop what listens there, or choose .*--port`,
        ),
      ],
    });
  });

  it('when its folder cannot be written', async () => {
    // A file in the folder's place: unlike permissions, that stops an administrator too.
    writeFileSync(project.dataFolder, '');

    const refused = await refusal();
    rmSync(project.dataFolder);

    expect(refused).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(
          /^The folder \S+\/\.local cannot be written \(.*\): make it writable, or start with --ephemeral/,
        ),
      ],
    });
  });

  it('when cdk.json is broken', async () => {
    const path = join(project.path, 'cdk.json');
    const intact = readFileSync(path, 'utf8');
    writeFileSync(path, intact.slice(0, -10));

    const refused = await refusal('--ephemeral');
    writeFileSync(path, intact);

    expect(refused).toEqual({
      status: 1,
      lines: [expect.stringMatching(/^cdk\.json cannot be read: .* Correct it and try again\.$/)],
    });
  });

  it('when cdk.json configures a fleet wrongly', async () => {
    const path = join(project.path, 'cdk.json');
    const intact = readFileSync(path, 'utf8');
    writeFileSync(path, intact.replace(/"startUrl": "[^"]*"/, '"startUrl": "foo"'));

    const refused = await refusal('--ephemeral');
    writeFileSync(path, intact);

    expect(refused).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(/^broker\.fleets\.[\w-]+\.startUrl: write the https address of your access portal/),
      ],
    });
  });

  it('when an option is not known, and shows the options', async () => {
    const { status, lines } = await refusal('--ephemerall');

    expect(status).toBe(1);
    expect(lines[0]).toMatch(/^Unknown option '--ephemerall'\.$/);
    expect(lines.join('\n')).toContain('--ephemeral   keep nothing');
  });

  it('when another broker runs on the same folder', async () => {
    const other: BrokerProcess = await startBroker(project, ['--port', '0']);

    const refused = await refusal();
    await other.interrupt();

    expect(refused).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(/^Another broker is running on \S+\/\.local: stop it first, or start this one with /),
      ],
    });
  });
});
