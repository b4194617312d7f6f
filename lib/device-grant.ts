/** The right to be a device, where devices prove who they are with AWS credentials. */
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CLIENT_ROUTES } from './api-routes.ts';

/**
 * Lets a role register, sign in, poll, refresh and revoke, and nothing else.
 *
 * @param api the API of devices
 * @param grantee the one role of devices. The broker tells devices apart by the session name of the role, so its trust policy
 *   must let nobody but the services assume it that take that name from a device's certificate: IoT's credentials provider
 *   (`credentials.iot.amazonaws.com`) or IAM Roles Anywhere (`rolesanywhere.amazonaws.com`)
 */
export function grantDevice(api: RestApi, grantee: iam.IGrantable): iam.Grant {
  const { stageName } = api.deploymentStage;
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['execute-api:Invoke'],
    resourceArns: CLIENT_ROUTES.map((path) =>
      api.arnForExecuteApi('POST', path.replace('{enrollmentKey}', '*'), stageName),
    ),
  });
}
