/** `npm run enroll`: asks the local broker for an enrollment key, as an operator does: by a signed call of the ops API. */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { durationSeconds } from '../lib/duration.ts';
import { readBrokerFile } from '../local/broker-file.ts';

const HELP_TEXT = `Makes an enrollment key for devices of one fleet of the local broker: npm run enroll -- --fleet NAME [options]

  --fleet NAME        the fleet (local ones: see "fleets" in .local/broker.json)
  --max-uses N        how many devices may register with the key (default: any number)
  --expires TIME      how long the key works, such as 12h or 30d (default: 30d)
  --note TEXT         what operators read beside it
  --broker-file PATH  the file of the running broker (default: .local/broker.json of this folder)
  --help              show this text

The key is shown once, here, and kept nowhere. On AWS: POST /enrollment-keys of the API, signed.`;

const BROKER_FILE = fileURLToPath(new URL('../.local/broker.json', import.meta.url));

/** Nobody's secret: the local API checks that a call is signed, not by whom. */
const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** A sentence for the person at the terminal. */
class EnrollError extends Error {}

interface Wish {
  readonly brokerFile: string;
  readonly body: Readonly<Record<string, string | number>>;
}

/** Reads the command line; undefined: only help is wanted. */
function readWish(args: string[]): Wish | undefined {
  const text = { type: 'string' } as const;
  const options = { fleet: text, 'max-uses': text, expires: text, note: text, 'broker-file': text };
  const { values } = parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) return undefined;
  const { fleet, expires, note, 'max-uses': maxUses, 'broker-file': brokerFile = BROKER_FILE } = values;
  if (fleet === undefined) throw new EnrollError('Name the fleet of the devices: --fleet local.');
  if (maxUses !== undefined && !/^[1-9]\d{0,6}$/.test(maxUses)) {
    throw new EnrollError(`"${maxUses}" is not a number of uses: write a whole number from 1 to 1000000.`);
  }
  const lifetimeSeconds = expires === undefined ? undefined : durationSeconds(expires);
  if (expires !== undefined && lifetimeSeconds === undefined) {
    throw new EnrollError(`"${expires}" is not a time: write a whole number with s, m, h or d, such as 30d.`);
  }
  const body = {
    fleet,
    ...(maxUses === undefined ? {} : { maxUses: Number(maxUses) }),
    ...(lifetimeSeconds === undefined ? {} : { lifetimeSeconds }),
    ...(note === undefined ? {} : { note }),
  };
  return { brokerFile, body };
}

/** Sends a signed POST (AWS Signature Version 4, service execute-api). */
async function postSigned(api: string, path: string, content: object): Promise<Response> {
  const { protocol, hostname, port, host } = new URL(api);
  const signer = new SignatureV4({
    credentials: LOCAL_CREDENTIALS,
    region: 'us-east-1',
    service: 'execute-api',
    sha256: Sha256,
  });
  const body = JSON.stringify(content);
  const headers = { host, 'content-type': 'application/json' };
  const signed = await signer.sign({ method: 'POST', protocol, hostname, port: Number(port), path, headers, body });
  return fetch(`${api}${path}`, { method: 'POST', headers: signed.headers, body });
}

async function enroll({ brokerFile, body }: Wish): Promise<string> {
  const api = readBrokerFile(brokerFile)?.api;
  if (api === undefined) throw new EnrollError(`There is no broker in ${brokerFile}: start one with npm start.`);
  const answer = await postSigned(api, '/enrollment-keys', body).catch(() => {
    throw new EnrollError(`Nothing answers at ${api}: start the broker with npm start, then try again.`);
  });
  const made = (await answer.json()) as Readonly<Record<string, string | undefined>>;
  if (answer.status !== 201) throw new EnrollError(made.detail ?? made.message ?? `The broker said ${answer.status}.`);
  return `enrollment key   ${made.enrollmentKey}
device endpoint  ${api}/e/${made.enrollmentKey}
key id           ${made.enrollmentKeyId}
fleet            ${made.fleet}
works until      ${made.expiresAt}`;
}

try {
  const wish = readWish(process.argv.slice(2));
  process.stdout.write(`${wish === undefined ? HELP_TEXT : await enroll(wish)}\n`);
} catch (error) {
  const isWrongOption = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof EnrollError) && !isWrongOption) throw error;
  process.stderr.write(`${(error as Error).message}${isWrongOption ? `\n\n${HELP_TEXT}` : ''}\n`);
  process.exitCode = 1;
}
