/** Asks the IAM simulator whether a policy allows a request. */

import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import { LOCAL_ACCOUNT } from '../../local/intrinsics.ts';
import type { AccessRequest } from './aws-calls.ts';
import type { Policy, SynthesizedRoles } from './synthesized-roles.ts';

/**
 * The simulator does not know condition keys that end in what the caller chose after a colon, only those that do so after a
 * slash. Which key it is makes no difference to its evaluation, so one stands for the other, in policies and requests alike.
 */
const ENCRYPTION_CONTEXT = 'kms:EncryptionContext:';
const STANDS_FOR_IT = 'aws:RequestTag/';

/**
 * Whether a role that has just this policy may do this. The policies of key and queue have their say, too.
 *
 * @throws Error when the request makes no sense to IAM: an unknown action, or a resource of the wrong kind
 */
export async function isAllowed(
  { role, action, resource, context }: AccessRequest,
  policy: Policy,
  app: Pick<SynthesizedRoles, 'keyPolicy' | 'queuePolicy'>,
): Promise<boolean> {
  const resourcePolicy = action.startsWith('kms:') ? app.keyPolicy : app.queuePolicy(resource);
  const simulation: Simulation = {
    request: {
      principal: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${role}`,
      action,
      resource: { resource, accountId: LOCAL_ACCOUNT },
      contextVariables: { 'aws:SecureTransport': 'true', ...context },
    },
    identityPolicies: [{ name: role, policy }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
  };
  const result = await runSimulation(inKnownKeys(simulation), {});
  if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  return result.overallResult === 'Allowed';
}

function inKnownKeys(simulation: Simulation): Simulation {
  return JSON.parse(JSON.stringify(simulation).replaceAll(ENCRYPTION_CONTEXT, STANDS_FOR_IT)) as Simulation;
}
