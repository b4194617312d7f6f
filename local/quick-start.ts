/** What a person at the terminal can paste, once the broker is ready. */

import type { BrokerFile } from './broker-file.ts';
import type { TlsFiles } from './tls.ts';

/** Takes one string member out of a JSON answer, with sed alone. */
const member = (name: string): string => `sed -n 's/.*"${name}":"\\([^"]*\\)".*/\\1/p'`;

/** The header of all three device calls. */
const JSON_TYPE = `-H 'Content-Type: application/json'`;

/** A device of a deployment with one way to authenticate; repeat its last line once a person has approved. */
function deviceLines(broker: BrokerFile): string {
  const { deviceAuth, tls } = broker;
  switch (deviceAuth) {
    case 'client_secret':
      return `${curlLines(broker, 'curl -s')}\n\n${awsLines(broker)}`;
    case 'private_key_jwt':
      return keyLines(broker);
    case 'iam':
      return curlLines(broker, `curl -s --aws-sigv4 'aws:amz:us-east-1:execute-api' --user kiosk-1:any`);
    case 'mtls':
      return curlLines(broker, certifiedCurl(tls));
    default:
      return deviceAuth satisfies never;
  }
}

/** With a truststore of one's own, a certificate of it is expected in the folder. */
function certifiedCurl({ ca = '', certificate = 'device.pem', key = 'device.key' }: Partial<TlsFiles> = {}): string {
  return `curl -s --cacert '${ca}' --cert '${certificate}' --key '${key}'`;
}

function curlLines({ deviceEndpoint, startUrl }: BrokerFile, curl: string): string {
  return `# A device, with curl: register, ask for a code, poll. Repeat the last line once a person has approved.
E='${deviceEndpoint}'
R=$(${curl} "$E/client/register" ${JSON_TYPE} -d '{"clientName":"kiosk-1","clientType":"public"}')
ID=$(echo "$R" | ${member('clientId')}); SECRET=$(echo "$R" | ${member('clientSecret')})
D=$(${curl} "$E/device_authorization" ${JSON_TYPE} -d "{\\"clientId\\":\\"$ID\\",\\"clientSecret\\":\\"$SECRET\\",\\"startUrl\\":\\"${startUrl}\\"}")
CODE=$(echo "$D" | ${member('deviceCode')}); echo "Approve here: $(echo "$D" | ${member('verificationUriComplete')})"
${curl} "$E/token" ${JSON_TYPE} -d "{\\"clientId\\":\\"$ID\\",\\"clientSecret\\":\\"$SECRET\\",\\"deviceCode\\":\\"$CODE\\",\\"grantType\\":\\"urn:ietf:params:oauth:grant-type:device_code\\"}"`;
}

function awsLines({ deviceEndpoint, startUrl }: BrokerFile): string {
  return `# Or with the AWS CLI, which needs no credentials for this. Repeat the last line once a person has approved.
E='${deviceEndpoint}'
set -- $(aws sso-oidc register-client --endpoint-url "$E" --region us-east-1 --no-sign-request --client-name kiosk-2 --client-type public --query '[clientId,clientSecret]' --output text); ID=$1 SECRET=$2
set -- $(aws sso-oidc start-device-authorization --endpoint-url "$E" --region us-east-1 --no-sign-request --cli-input-json "{\\"clientId\\":\\"$ID\\",\\"clientSecret\\":\\"$SECRET\\",\\"startUrl\\":\\"${startUrl}\\"}" --query '[deviceCode,verificationUriComplete]' --output text); CODE=$1; echo "Approve here: $2"
aws sso-oidc create-token --endpoint-url "$E" --region us-east-1 --no-sign-request --client-id "$ID" --client-secret "$SECRET" --device-code "$CODE" --grant-type urn:ietf:params:oauth:grant-type:device_code`;
}

function keyLines({ api, enrollmentKey }: BrokerFile): string {
  const assertion = `--data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer --data-urlencode "client_assertion=$(device/assertion.sh sign device.pem "$ID" '${api}')"`;
  return `# A device with a key of its own, with curl and openssl. Repeat the last line once a person has approved.
openssl genpkey -algorithm ed25519 -out device.pem
ID=$(curl -s '${api}/register' -H 'Authorization: Bearer ${enrollmentKey}' ${JSON_TYPE} -d "{\\"client_name\\":\\"kiosk-1\\",\\"jwks\\":$(device/assertion.sh jwks device.pem)}" | ${member('client_id')})
D=$(curl -s '${api}/device_authorization' ${assertion})
CODE=$(echo "$D" | ${member('device_code')}); echo "Approve here: $(echo "$D" | ${member('verification_uri_complete')})"
curl -s '${api}/token' ${assertion} -d grant_type=urn:ietf:params:oauth:grant-type:device_code --data-urlencode "device_code=$CODE"`;
}

/** How the other fleets are tried: the device's lines at another endpoint. */
function otherFleets({ deviceAuth, fleets, api, tls }: BrokerFile): string {
  const curl = tls === undefined ? 'curl -s' : certifiedCurl(tls);
  const endpointOf = (name: string): string =>
    deviceAuth === 'private_key_jwt'
      ? `the enrollment key ${fleets[name]?.enrollmentKey ?? ''}`
      : `E='${fleets[name]?.deviceEndpoint ?? ''}'`;
  return `# A fleet whose approval is deferred: the device waits, and a person approves whenever there is time.
# The same lines with ${endpointOf('kiosks')}
# And one that releases role credentials of one account and role, never a token: fetch them with the access token.
# The same lines with ${endpointOf('gateways')}, then:
# ${curl} ${api}/credentials -H "Authorization: $ACCESS_TOKEN"`;
}

/** The text, as lines of a POSIX shell and comments on them. */
export function quickStart(broker: BrokerFile): string {
  const { api, operatorsApi, identityCenter, console: consoleUrl } = broker;
  return `The broker is ready: ${api}

${deviceLines(broker)}

${otherFleets(broker)}

# A person approves here, or with: curl -s ${identityCenter}/approve -d user_code=XXXX-XXXX
${identityCenter}/

# The operators' console: an overview of the last hour, what waits, and the way to its approval.
${consoleUrl}/

# Its numbers, as Prometheus reads them.
curl -s ${consoleUrl}/metrics

# An operator looks. Calls must be signed; this machine takes any access key.
curl -s --aws-sigv4 'aws:amz:us-east-1:execute-api' --user local:local ${operatorsApi}/sessions
`;
}
