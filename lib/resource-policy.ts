/** From where an API may be called: its resource policy. */
import * as iam from 'aws-cdk-lib/aws-iam';

/** Undefined members restrict nothing. */
export interface CallerLimits {
  readonly privateEndpoint?: { readonly vpcEndpointIds: readonly string[] } | undefined;
  readonly allowFrom?:
    | { readonly cidrs?: readonly string[] | undefined; readonly vpcEndpointIds?: readonly string[] | undefined }
    | undefined;
}

/**
 * The policy, or undefined when callers may come from everywhere.
 *
 * It allows nothing to those who sign: within one account a resource policy that allows is enough by itself (API Gateway
 * developer guide, "How API Gateway resource policies affect authorization workflow", table A), so that every role would be
 * an operator. For them their own policies decide; open routes, which have no signer, need the policy's word.
 */
export function resourcePolicy({ privateEndpoint, allowFrom }: CallerLimits): iam.PolicyDocument | undefined {
  if (privateEndpoint === undefined && allowFrom === undefined) return undefined;
  const isPrivate = privateEndpoint !== undefined;
  return new iam.PolicyDocument({
    statements: [
      about(iam.Effect.ALLOW, { Null: { 'aws:PrincipalArn': 'true' } }),
      ...(isPrivate ? [about(iam.Effect.DENY, notThrough(privateEndpoint.vpcEndpointIds))] : []),
      ...(allowFrom === undefined ? [] : [about(iam.Effect.DENY, notFrom(allowFrom, isPrivate))]),
    ],
  });
}

function about(effect: iam.Effect, conditions: iam.Conditions): iam.PolicyStatement {
  return new iam.PolicyStatement({
    effect,
    principals: [new iam.StarPrincipal()],
    actions: ['execute-api:Invoke'],
    // In an API's own policy, this is the whole of that API.
    resources: ['execute-api:/*'],
    conditions,
  });
}

const notThrough = (vpcEndpointIds: readonly string[]): iam.Conditions => ({
  StringNotEquals: { 'aws:SourceVpce': vpcEndpointIds },
});

/** All conditions must hold: who comes from any of the places is not denied. Inside a VPC addresses have a key of their own. */
function notFrom(
  { cidrs, vpcEndpointIds }: NonNullable<CallerLimits['allowFrom']>,
  isPrivate: boolean,
): iam.Conditions {
  const addressKey = isPrivate ? 'aws:VpcSourceIp' : 'aws:SourceIp';
  return {
    ...(cidrs === undefined ? {} : { NotIpAddress: { [addressKey]: cidrs } }),
    ...(vpcEndpointIds === undefined ? {} : notThrough(vpcEndpointIds)),
  };
}
