/** Somebody who listens to the broker's bus, as an integration would: a rule that sends every event to a queue. */

import type { AwsAccount } from './aws-account.ts';
import { ACCOUNT, REGION } from './emulator.ts';

const NAME = 'listener';

/** Begins to listen to a bus. `stop` takes rule and queue away again. */
export async function listen({ operation }: AwsAccount, eventBusName: string) {
  const { QueueUrl } = await operation('sqs', 'AmazonSQS.CreateQueue', { QueueName: NAME });
  const rule = { Name: NAME, EventBusName: eventBusName };
  await operation('events', 'AWSEvents.PutRule', { ...rule, EventPattern: JSON.stringify({ account: [ACCOUNT] }) });
  await operation('events', 'AWSEvents.PutTargets', {
    Rule: NAME,
    EventBusName: eventBusName,
    Targets: [{ Id: NAME, Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${NAME}` }],
  });
  const heard: string[] = [];

  return {
    /** The kinds of all events so far, oldest first. */
    async detailTypes(): Promise<readonly string[]> {
      const { Messages } = await operation('sqs', 'AmazonSQS.ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      for (const { Body } of (Messages ?? []) as { Body: string }[]) {
        heard.push((JSON.parse(Body) as { 'detail-type': string })['detail-type']);
      }
      return heard;
    },

    async stop(): Promise<void> {
      await operation('events', 'AWSEvents.RemoveTargets', { Rule: NAME, EventBusName: eventBusName, Ids: [NAME] });
      await operation('events', 'AWSEvents.DeleteRule', rule);
      await operation('sqs', 'AmazonSQS.DeleteQueue', { QueueUrl });
    },
  };
}
