import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Outside } from './aws-checks.ts';

/** The CDK's default qualifier; the version of a bootstrap stack is in this parameter. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';
const TIMEOUT_MS = 5_000;

/** AWS and the network as they are. */
export function realOutside(environment: NodeJS.ProcessEnv): Outside {
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? environment.CDK_DEFAULT_REGION;
  const client = { ...(region !== undefined && { region }), maxAttempts: 1 };
  return {
    region,

    async callerIdentity() {
      const { Account, Arn } = await new STSClient(client).send(new GetCallerIdentityCommand({}), limit());
      return { account: Account ?? '', arn: Arn ?? '' };
    },

    async bootstrapVersion() {
      try {
        const { Parameter } = await new SSMClient(client).send(
          new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER }),
          limit(),
        );
        return Number(Parameter?.Value);
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined;
        throw error;
      }
    },

    async status(url) {
      const { status } = await fetch(url, {
        method: 'HEAD',
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return status;
    },
  };
}

const limit = () => ({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
