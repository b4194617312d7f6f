import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DEVICE_FOLDER, whereIs } from './programs.ts';

const read = (path: string): string => readFileSync(join(DEVICE_FOLDER, path), 'utf8');
/** The manual, without the spaces that align its tables. */
const manual = readFileSync(fileURLToPath(new URL('../../docs/devices.md', import.meta.url)), 'utf8').replace(
  / +\|/g,
  ' |',
);

describe('the shell client', () => {
  it('is clean by shellcheck, as a POSIX shell program', (ctx) => {
    const shellcheck = whereIs('shellcheck');
    if (shellcheck === undefined) return ctx.skip('shellcheck not installed');

    execFileSync(shellcheck, ['--shell=sh', join(DEVICE_FOLDER, 'ftb')], { stdio: 'pipe' });
  });

  it('needs no jq and no bash', () => {
    const code = read('ftb').replace(/^\s*#.*$/gm, '');

    expect(code).not.toMatch(/\b(jq|bash|python|perl|openssl)\b/);
    expect(read('ftb')).toMatch(/^#!\/bin\/sh\n/);
  });

  it('and its twin can be run as they are', () => {
    for (const program of ['ftb', 'ftb.py']) expect(statSync(join(DEVICE_FOLDER, program)).mode & 0o111).toBe(0o111);
  });
});

describe('the Python file', () => {
  it('imports the standard library alone', (ctx) => {
    const python = whereIs('python3');
    if (python === undefined) return ctx.skip('python3 not installed');
    const imported = [...read('ftb.py').matchAll(/^(?:import|from) ([a-z]+)/gm)].map((match) => match[1]);
    const check = `import sys; print([m for m in ${JSON.stringify(imported)} if m not in sys.stdlib_module_names])`;

    expect(imported).not.toEqual([]);
    expect(execFileSync(python, ['-c', check], { encoding: 'utf8' }).trim()).toBe('[]');
  });
});

describe('the systemd units', () => {
  it('are understood by systemd', (ctx) => {
    const analyze = whereIs('systemd-analyze');
    if (analyze === undefined) return ctx.skip('systemd not installed');
    const folder = mkdtempSync(join(tmpdir(), 'ftb-units-'));
    ctx.onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(join(DEVICE_FOLDER, 'systemd'), folder, { recursive: true });
    const units = readdirSync(folder).map((name) => join(folder, name));
    // The programs that they start need not be installed on the machine that runs this test.
    for (const unit of units) {
      writeFileSync(unit, readFileSync(unit, 'utf8').replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'));
    }

    const verified = spawnSync(analyze, ['verify', ...units], { encoding: 'utf8' });

    expect(units).toHaveLength(3);
    expect(verified).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('let the application read the handle as the same user, in the same folder', () => {
    for (const line of ['DynamicUser=yes', 'User=ftb', 'StateDirectory=ftb']) {
      expect(read('systemd/ftb.service').split('\n')).toContain(line);
      expect(read('systemd/ftb-app.service').split('\n')).toContain(line);
    }
  });
});

describe('the sidecar', () => {
  it('gives the application the file that the device writes', () => {
    const compose = read('sidecar/compose.yaml');
    const folder = /^ENV FTB_STATE_DIR=(\S+)$/m.exec(read('sidecar/Dockerfile'))?.[1];

    expect(compose).toContain(`AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: ${folder}/handle`);
    expect(compose.match(new RegExp(`state:${folder}`, 'g'))).toHaveLength(2);
  });
});

describe('the manual', () => {
  it('knows every command, setting, file and exit status of the programs', () => {
    const commands = [...read('ftb').matchAll(/^ {2}([a-z]+)\) [a-z_]+ "\$@" ;;$/gm)].map((match) => match[1]);
    const settings = new Set(read('ftb.py').match(/\bFTB_[A-Z_]+\b/g));
    const files = [...read('ftb').matchAll(/\bstore ([a-z]+)\b/g)].map((match) => match[1]);

    expect(commands).toHaveLength(5);
    for (const command of commands) expect(manual).toContain(`| \`ftb ${command}\` |`);
    for (const setting of settings) expect(manual).toContain(`| \`${setting}\` |`);
    for (const file of files) expect(manual).toContain(`| \`${file}\` |`);
    expect(manual.match(/^\| \d \|/gm)).toHaveLength(10);
  });
});
