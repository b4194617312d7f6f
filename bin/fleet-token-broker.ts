/** The CDK app, as cdk.json names it. */
import { synthesize } from '../lib/app.ts';
import { ConfigError } from '../lib/config.ts';

/** An emulator of AWS refuses the whole template for one type that it does not know. */
const forEmulator = process.env.AWS_ENDPOINT_URL === undefined ? {} : { defaults: { savedQueries: false } };

try {
  synthesize(forEmulator);
} catch (error) {
  if (!(error instanceof ConfigError)) {
    throw error;
  }
  console.error(error.problems.join('\n'));
  process.exitCode = 1;
}
