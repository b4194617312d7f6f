/** Who may call which operations of the ops API. */
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { OPERATIONS } from '../lambda/http/ops-operations.ts';

type Operation = (typeof OPERATIONS)[keyof typeof OPERATIONS];

/** Some of the operations of the ops API, as a person would name them. */
export type OperatorRight = 'read' | 'operate' | 'manageKeys';

/** The operations that each right is for. */
const RIGHTS: Readonly<Record<OperatorRight, (operation: Operation) => boolean>> = {
  read: ({ method }) => method === 'GET',
  operate: () => true,
  manageKeys: ({ path }) => path.startsWith('/enrollment-keys'),
};

/**
 * Lets a principal call operations of the ops API. An operation that is added later is granted with the next deployment.
 *
 * @param api the API that operators call
 * @param grantee whose requests, signed with AWS Signature Version 4, are let through
 */
export function grantOperations(api: apigateway.RestApi, grantee: iam.IGrantable, right: OperatorRight): iam.Grant {
  const granted = Object.values(OPERATIONS).filter(RIGHTS[right]);
  const stage = api.deploymentStage.stageName;
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['execute-api:Invoke'],
    // A path parameter may be anything.
    resourceArns: granted.map(({ method, path }) => api.arnForExecuteApi(method, path.replace(/\{\w+\}/g, '*'), stage)),
  });
}
