/** Somebody's CDK app in plain JavaScript. */
const { App, Stack } = require('aws-cdk-lib');
const { ConfigError, FleetTokenBroker } = require('fleet-token-broker');

const app = new App();
const stack = new Stack(app, 'Devices');
const startUrl = process.env.START_URL ?? 'https://d-1234567890.awsapps.com/start';

try {
  new FleetTokenBroker(stack, 'Broker', {
    fleets: {
      kiosks: { startUrl, region: 'us-east-1' },
      robots: { startUrl, region: 'us-east-1', approval: 'deferred', sessionLifetime: '7d' },
    },
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.log(`ConfigError: ${error.problems.join('\n')}`);
}
