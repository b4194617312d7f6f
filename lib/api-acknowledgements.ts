/** What cdk-nag finds in the API, and why it is so. */
import { Validations } from 'aws-cdk-lib';
import type { Method, RestApi, Stage } from 'aws-cdk-lib/aws-apigateway';

/** The API as a whole. */
export function acknowledgeApi(api: RestApi): void {
  Validations.of(api).acknowledge(
    {
      id: 'AwsSolutions-APIG2',
      reason: 'The functions validate: only they can answer in the two dialects that OAuth clients and AWS SDKs read.',
    },
    {
      id: 'AwsSolutions-COG4',
      reason: 'Devices have no user pool: they are OAuth clients of the broker itself. Operators sign with IAM.',
    },
  );
}

/** A route without an authorizer of API Gateway. */
export function acknowledgeOpenRoute(method: Method): void {
  Validations.of(method).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason:
      'The function authenticates: enrollment key, client secret or assertion, device code, refresh token or user code.',
  });
}

/** What is optional about a stage. */
export interface StageOptions {
  /** Whether it writes an access log. */
  readonly accessLogs: boolean;
  /** Whether a web ACL stands before it. */
  readonly filtered: boolean;
}

/** The stage. */
export function acknowledgeStage(stage: Stage, { accessLogs, filtered }: StageOptions): void {
  Validations.of(stage).acknowledge(
    {
      id: 'AwsSolutions-APIG6',
      reason:
        'Execution logs hold paths, and a path may hold an enrollment key. The functions log every request without it.',
    },
    {
      id: 'Serverless-APIGWXrayEnabled',
      reason: 'A trace of the API holds the URL, which may hold an enrollment key. The functions are traced.',
    },
  );
  if (!filtered) {
    Validations.of(stage).acknowledge({
      id: 'AwsSolutions-APIG3',
      reason:
        'A web ACL costs by the month and by the request: see webAcl. The stage throttles, the functions limit each client.',
    });
  }
  if (accessLogs) return;
  const reason = 'API Gateway logs with one role for the whole account, which this stack leaves alone: see accessLogs.';
  Validations.of(stage).acknowledge(
    { id: 'AwsSolutions-APIG1', reason },
    { id: 'Serverless-APIGWAccessLogging', reason },
  );
}
