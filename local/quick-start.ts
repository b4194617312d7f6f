/** What a person at the terminal can paste, once the broker is ready. */

import type { BrokerFile } from './broker-file.ts';

/** Takes one string member out of a JSON answer, with sed alone. */
const member = (name: string): string => `sed -n 's/.*"${name}":"\\([^"]*\\)".*/\\1/p'`;

/** The header of all three device calls. */
const JSON_TYPE = `-H 'Content-Type: application/json'`;

/** The text, as lines of a POSIX shell and comments on them. */
export function quickStart({
  api,
  deviceEndpoint,
  startUrl,
  identityCenter,
  fleets,
  console: consoleUrl,
}: BrokerFile): string {
  return `The broker is ready: ${api}

# A device, with curl: register, ask for a code, poll. Repeat the last line once a person has approved.
E='${deviceEndpoint}'
R=$(curl -s "$E/client/register" ${JSON_TYPE} -d '{"clientName":"kiosk-1","clientType":"public"}')
ID=$(echo "$R" | ${member('clientId')}); SECRET=$(echo "$R" | ${member('clientSecret')})
D=$(curl -s "$E/device_authorization" ${JSON_TYPE} -d "{\\"clientId\\":\\"$ID\\",\\"clientSecret\\":\\"$SECRET\\",\\"startUrl\\":\\"${startUrl}\\"}")
CODE=$(echo "$D" | ${member('deviceCode')}); echo "Approve here: $(echo "$D" | ${member('verificationUriComplete')})"
curl -s "$E/token" ${JSON_TYPE} -d "{\\"clientId\\":\\"$ID\\",\\"clientSecret\\":\\"$SECRET\\",\\"deviceCode\\":\\"$CODE\\",\\"grantType\\":\\"urn:ietf:params:oauth:grant-type:device_code\\"}"

# Or with the AWS CLI, which needs no credentials for this. Repeat the last line once a person has approved.
set -- $(aws sso-oidc register-client --endpoint-url "$E" --region us-east-1 --no-sign-request --client-name kiosk-2 --client-type public --query '[clientId,clientSecret]' --output text); ID=$1 SECRET=$2
set -- $(aws sso-oidc start-device-authorization --endpoint-url "$E" --region us-east-1 --no-sign-request --cli-input-json "{\\"clientId\\":\\"$ID\\",\\"clientSecret\\":\\"$SECRET\\",\\"startUrl\\":\\"${startUrl}\\"}" --query '[deviceCode,verificationUriComplete]' --output text); CODE=$1; echo "Approve here: $2"
aws sso-oidc create-token --endpoint-url "$E" --region us-east-1 --no-sign-request --client-id "$ID" --client-secret "$SECRET" --device-code "$CODE" --grant-type urn:ietf:params:oauth:grant-type:device_code

# A fleet whose approval is deferred: the device waits, and a person approves whenever there is time.
# The same lines with E='${fleets.kiosks?.deviceEndpoint ?? ''}'
# And one that releases role credentials of one account and role, never a token: fetch them with the access token.
# The same lines with E='${fleets.gateways?.deviceEndpoint ?? ''}', then:
# curl -s ${api}/credentials -H "Authorization: $ACCESS_TOKEN"

# A person approves here, or with: curl -s ${identityCenter}/approve -d user_code=XXXX-XXXX
${identityCenter}/

# The operators' console shows what waits, and leads to its approval.
${consoleUrl}/

# An operator looks. Calls must be signed; this machine takes any access key.
curl -s --aws-sigv4 'aws:amz:us-east-1:execute-api' --user local:local ${api}/sessions
`;
}
