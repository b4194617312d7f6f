/** The stack that `cdk deploy` ships: one broker, and what its users need to know about it. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FleetTokenBroker } from './fleet-token-broker.ts';
import type { BrokerStackProps } from './props.ts';

/** One broker in a stack of its own. */
export class BrokerStack extends Stack {
  readonly broker: FleetTokenBroker;

  constructor(scope: Construct, id: string, { stackName, terminationProtection, ...props }: BrokerStackProps) {
    super(scope, id, {
      description: 'Fleet Token Broker: machines without a browser sign in to AWS IAM Identity Center',
      ...(stackName === undefined ? {} : { stackName }),
      terminationProtection: terminationProtection ?? false,
    });
    // W3005, a dependency that a reference implies already: the CDK makes one from each function to its role.
    this.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['W3005'] } } };
    this.broker = new FleetTokenBroker(this, 'Broker', props);
    const { apiUrl, operatorsUrl, domain, sessions, stateMachine, eventBus } = this.broker;
    this.output('ApiUrl', apiUrl, 'Where devices register and sign in.');
    this.output('OpsUrl', `${operatorsUrl}/sessions`, 'Where operators list sessions; sign requests for execute-api.');
    if (domain !== undefined) {
      this.output('DomainTarget', domain.target, 'Where the DNS record of the domain leads.');
    }
    this.output('TableName', sessions.table.tableName, 'The table of sessions, clients and enrollment keys.');
    this.output('EventBusName', eventBus.eventBusName, 'The bus that tells what becomes of sessions.');
    this.output('StateMachineName', stateMachine.attrName, 'The state machine that polls upstream.');
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
