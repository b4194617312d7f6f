/** `npm run doctor`: says what stands in the way of a deployment, and how to mend it. */
import { examine } from '../lib/doctor/doctor.ts';
import { realOutside } from '../lib/doctor/outside.ts';
import { reportJson, reportText } from '../lib/doctor/report.ts';

const HELP = `npm run doctor [-- --json]

Checks what a deployment needs: Node, the CDK CLI, the configuration in cdk.json, AWS credentials and Region, the CDK
bootstrap stack, and whether each fleet's Identity Center can be reached. Every line that fails says how to mend it.
Exit status 0 when all is well, 1 when something is not.`;

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => flag !== '--json' && flag !== '--help');
if (unknown !== undefined || flags.includes('--help')) {
  console.log(unknown === undefined ? HELP : `${unknown} is not a flag of the doctor.\n\n${HELP}`);
  process.exitCode = unknown === undefined ? 0 : 1;
} else {
  const findings = await examine(realOutside(process.env));
  console.log(flags.includes('--json') ? reportJson(findings) : reportText(findings));
  process.exitCode = findings.every((finding) => finding.ok) ? 0 : 1;
}
