import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { certificateNamesOf } from '../../lambda/http/client-certificate.ts';
import { documentedBlock } from './documented-block.ts';
import { missingPrograms, shell, useShellFolder } from './local-broker.ts';

const folder = useShellFolder();

it('the documented lines make an authority, and a certificate whose name the broker reads', async ({ skip }) => {
  const missing = missingPrograms();
  if (missing !== undefined) skip(missing);

  await shell(`cd ${folder} && exec 2> openssl.log; ${documentedBlock('mtls-authority')}`);

  const certificate = readFileSync(join(folder, 'kiosk-17.pem'), 'utf8');
  expect(certificateNamesOf(certificate, Date.now())).toEqual(['DNS:kiosk-17.example.com']);
  expect(await shell(`cd ${folder} && openssl verify -CAfile device-ca.pem kiosk-17.pem`)).toContain('OK');
});
