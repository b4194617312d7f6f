import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFunctionLog } from '../../local/function-log.ts';

/** Writes lines of a function, and gives what reached the file and the terminal. */
async function written(...lines: string[]) {
  const path = join(mkdtempSync(join(tmpdir(), 'log-')), 'broker.log');
  const terminal: string[] = [];
  const log = openFunctionLog(path, (line) => terminal.push(line));
  for (const line of lines) log.write('poll', line);
  await log.close();
  const entries = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { entries, terminal, mode: statSync(path).mode & 0o777 };
}

describe('the log of the functions', () => {
  it('keeps every line as JSON with the function that wrote it, for its owner alone', async () => {
    const { entries, mode } = await written('{"level":"INFO","message":"polled"}', 'not JSON');

    expect(entries).toEqual([
      { function: 'poll', level: 'INFO', message: 'polled' },
      { function: 'poll', message: 'not JSON' },
    ]);
    expect(mode).toBe(0o600);
  });

  it('shows warnings and errors on the terminal, and nothing else', async () => {
    const { terminal } = await written(
      '{"level":"INFO","message":"polled"}',
      '{"level":"WARN","message":"upstream is slow"}',
      '{"level":"ERROR","message":"poll_failed","fault":"TypeError"}',
      '{"level":"ERROR","message":"lost","error":{"name":"TimeoutError","message":"late"}}',
    );

    expect(terminal).toEqual([
      'warning: poll: upstream is slow',
      'error: poll: poll_failed (TypeError)',
      'error: poll: lost (TimeoutError)',
    ]);
  });
});
