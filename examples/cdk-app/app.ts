/** An app of your own with a broker in it: two fleets, a role for each kind of operator, and news of what expired. */
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { FleetTokenBroker } from 'fleet-token-broker';

const app = new App();
const stack = new Stack(app, 'Devices');

const broker = new FleetTokenBroker(stack, 'Broker', {
  fleets: {
    kiosks: { startUrl: 'https://d-1234567890.awsapps.com/start', region: 'us-east-1' },
    robots: {
      startUrl: 'https://d-1234567890.awsapps.com/start',
      region: 'us-east-1',
      approval: 'deferred',
      sessionLifetime: '7d',
    },
  },
});

// People of this account: the support desk looks, the operators act.
const people = new AccountPrincipal(stack.account);
broker.grantReadSessions(new Role(stack, 'SupportDesk', { assumedBy: people }));
broker.grantOperate(new Role(stack, 'Operators', { assumedBy: people }));

// The pipeline that sets up devices makes their enrollment keys.
broker.grantManageKeys(new Role(stack, 'Provisioning', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') }));

// Tells somebody when a code was not approved in time.
const onCall = new Topic(stack, 'OnCall', { enforceSSL: true });
new Rule(stack, 'Expired', {
  eventBus: broker.eventBus,
  eventPattern: { detailType: ['SessionExpired'] },
  targets: [new SnsTopic(onCall)],
});

new CfnOutput(stack, 'ApiUrl', { value: broker.apiUrl });
new CfnOutput(stack, 'OpsUrl', { value: `${broker.operatorsUrl}/sessions` });
