import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makeSecret } from '../../lambda/core/secret.ts';

const TEXT = 'a-client-secret-of-upstream';
const secret = makeSecret(TEXT);

function console(print: (to: Console) => void): string {
  let printed = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      printed += String(chunk);
      done();
    },
  });
  print(new Console({ stdout: stream, stderr: stream }));
  return printed;
}

describe('a secret', () => {
  it.each<[form: string, printed: string]>([
    ['a template string', `${secret}`],
    ['a concatenation', `${'secret: '}${secret}`],
    ['String()', String(secret)],
    ['toString()', secret.toString()],
    ['toLocaleString()', secret.toLocaleString()],
    ['join', [secret, secret].join(' ')],
    ['JSON', JSON.stringify({ registration: { secret } })],
    ['util.inspect', inspect({ secret })],
    ['util.inspect with all that is hidden', inspect(secret, { showHidden: true, depth: 9, getters: true })],
    ['%s', format('%s', secret)],
    ['%o and %O', format('%o %O', secret, secret)],
    ['%j', format('%j', secret)],
    ['console.log', console((to) => to.log(secret))],
    ['console.error in an object', console((to) => to.error({ secret }))],
    ['console.dir', console((to) => to.dir({ secret }))],
    ['an error’s text', inspect(new Error(`wrong: ${secret}`, { cause: { secret } }))],
  ])('is redacted in %s', (_form, printed) => {
    expect(printed).toContain('[redacted]');
    expect(printed).not.toContain(TEXT);
  });

  it('is nothing but redacted to people who look at it, and stays so', () => {
    expect(inspect({ secret })).toBe('{ secret: [redacted] }');
    expect(console((to) => to.log('%O', { secret }))).toBe('{ secret: [redacted] }\n');
    expect(JSON.stringify({ secret })).toBe('{"secret":"[redacted]"}');
    expect(Object.isFrozen(secret)).toBe(true);
  });

  it('is in no property, so that no other printer finds it', () => {
    const values = Reflect.ownKeys(secret).map((key) => String(Reflect.get(secret, key)));

    expect(values.join(' ')).not.toContain(TEXT);
    expect(inspect(secret, { customInspect: false, showHidden: true, depth: 9 })).not.toContain(TEXT);
  });

  it('is given out where it is asked for by name', () => {
    expect(secret.reveal()).toBe(TEXT);
  });
});
