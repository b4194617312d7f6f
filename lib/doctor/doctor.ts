import { checkAccount, checkFleets, type Outside } from './aws-checks.ts';
import { checkCdkCli, checkConfig, checkNode } from './local-checks.ts';
import type { Finding } from './report.ts';

/**
 * Looks at everything that a first deployment stumbles over.
 *
 * @param outside AWS and the network
 * @param cdkJson the configuration file
 */
export async function examine(outside: Outside, cdkJson?: URL | string): Promise<Finding[]> {
  const { findings, config } = checkConfig(cdkJson);
  const fleets = config === undefined ? [] : checkFleets(outside, config);
  const [account, reachable] = await Promise.all([checkAccount(outside), fleets]);
  return [checkNode(), checkCdkCli(), ...findings, ...account, ...reachable];
}
