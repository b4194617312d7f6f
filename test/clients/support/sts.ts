/** A service that any signed call may go to: says who signed, and remembers with which access keys. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const ANSWER = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:sts::111122223333:assumed-role/DeviceRole/kiosk</Arn><UserId>AROA:kiosk</UserId><Account>111122223333</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;

/** Starts it on any free port. */
export async function startSts(): Promise<{ url: string; accessKeys: string[]; close: () => void }> {
  const accessKeys: string[] = [];
  const server = createServer((request, response) => {
    accessKeys.push(/Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'unsigned');
    request.resume();
    response.writeHead(200, { 'Content-Type': 'text/xml' }).end(ANSWER);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, accessKeys, close };
}
