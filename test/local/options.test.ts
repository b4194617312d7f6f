import { describe, expect, it } from 'vitest';
import { readCommand } from '../../local/options.ts';

describe('the command line', () => {
  it('starts on port 8787 and keeps what it has by default', () => {
    expect(readCommand([], {})).toEqual({ command: 'start', port: 8787, ephemeral: false });
  });

  it('takes the port from PORT, and rather from --port', () => {
    expect(readCommand([], { PORT: '9000' })).toMatchObject({ port: 9000 });
    expect(readCommand(['--port', '9100', '--ephemeral'], { PORT: '9000' })).toEqual({
      command: 'start',
      port: 9100,
      ephemeral: true,
    });
  });

  it('takes a way to authenticate devices', () => {
    expect(readCommand(['--device-auth', 'mtls'], {})).toMatchObject({ command: 'start', deviceAuth: 'mtls' });
    expect(readCommand(['--device-auth', 'password'], {})).toMatchObject({
      problem: expect.stringContaining('client_secret, private_key_jwt, iam, mtls'),
    });
  });

  it('helps', () => {
    expect(readCommand(['--help'], {})).toEqual({ command: 'help' });
    expect(readCommand(['-h', '--ephemeral'], {})).toEqual({ command: 'help' });
  });

  it.each([
    [['--port', 'many']],
    [['--port', '70000']],
    [['--port', '65533']],
    [['--port=-1']],
    [['--prot', '1']],
    [['start']],
  ])('refuses %j in one sentence', (args) => {
    const command = readCommand(args, {});

    expect(command).toMatchObject({ command: 'wrong', problem: expect.stringMatching(/^[^\n]+\.$/) });
  });

  it('refuses a PORT that is none', () => {
    expect(readCommand([], { PORT: 'http' })).toMatchObject({
      problem: expect.stringContaining('"http" is not a port'),
    });
  });
});
