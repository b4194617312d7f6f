/** The CDK app, as cdk.json names it. */
import { synthesize } from '../lib/app.ts';
import { ConfigError } from '../lib/config.ts';

try {
  synthesize();
} catch (error) {
  if (!(error instanceof ConfigError)) {
    throw error;
  }
  console.error(error.problems.join('\n'));
  process.exitCode = 1;
}
