/** AWS WAF before the API: what is refused by its look, by its address, or for its number. */
import { Aws } from 'aws-cdk-lib';
import type { Stage } from 'aws-cdk-lib/aws-apigateway';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { THROTTLED } from './gateway-responses.ts';

/** What one address may send, and to which stages. */
export interface WebAclProps {
  readonly requestsPerFiveMinutes: number;
  readonly stages: readonly Stage[];
}

interface ManagedRules {
  readonly name: string;
  /** Rules that count and do not block. */
  readonly counted: readonly string[];
}

const MANAGED_RULES: readonly ManagedRules[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList', counted: [] },
  {
    name: 'AWSManagedRulesCommonRuleSet',
    counted: [
      // Firmware with a small HTTP client sends no User-Agent, and no RFC of OAuth asks for one.
      'NoUserAgent_HEADER',
      // Native apps, the AWS CLI among them, register redirect addresses such as http://127.0.0.1/oauth/callback.
      'GenericRFI_BODY',
      // Blocks from 8 KB on; keys and lists of scopes may need more. The functions have limits of their own, and say so.
      'SizeRestrictions_BODY',
    ],
  },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet', counted: [] },
];

const THROTTLED_BODY = 'throttled';

/** A web ACL and its way to the stages. Writes no log and samples nothing: a path may hold an enrollment key. */
export class WebAcl extends Construct {
  readonly webAcl: wafv2.CfnWebACL;

  constructor(scope: Construct, id: string, { requestsPerFiveMinutes, stages }: WebAclProps) {
    super(scope, id);
    const rules = [rateRule(requestsPerFiveMinutes), ...MANAGED_RULES.map(managedRule)];
    this.webAcl = new wafv2.CfnWebACL(this, 'WebAcl', {
      description: 'Fleet Token Broker',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      // Metrics know an ACL by this name alone, so two brokers need two.
      visibilityConfig: measured(`${Aws.STACK_NAME}-${this.node.addr.slice(-8)}`),
      customResponseBodies: { [THROTTLED_BODY]: { contentType: 'APPLICATION_JSON', content: THROTTLED.body } },
      rules: rules.map((rule, priority) => ({ ...rule, priority })),
    });
    for (const [index, stage] of stages.entries()) {
      new wafv2.CfnWebACLAssociation(this, `Association${index}`, {
        webAclArn: this.webAcl.attrArn,
        resourceArn: stage.stageArn,
      });
    }
  }
}

type Rule = Omit<wafv2.CfnWebACL.RuleProperty, 'priority'>;

/**
 * Blocks an address that sends too much. It answers like the stage's own throttle: the gateway's answer to blocked requests
 * is the end of a device's sign-in, and WAF's 429 is that of most device flow clients.
 */
function rateRule(requestsPerFiveMinutes: number): Rule {
  const responseHeaders = Object.entries(THROTTLED.headers).map(([name, value]) => ({ name, value }));
  const customResponse = { responseCode: THROTTLED.status, customResponseBodyKey: THROTTLED_BODY, responseHeaders };
  return {
    name: 'RequestsOfOneAddress',
    statement: {
      rateBasedStatement: { aggregateKeyType: 'IP', limit: requestsPerFiveMinutes, evaluationWindowSec: 300 },
    },
    action: { block: { customResponse } },
    visibilityConfig: measured('RequestsOfOneAddress'),
  };
}

function managedRule({ name, counted }: ManagedRules): Rule {
  const ruleActionOverrides = counted.map((rule) => ({ name: rule, actionToUse: { count: {} } }));
  return {
    name,
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ...(counted.length === 0 ? {} : { ruleActionOverrides }),
      },
    },
    overrideAction: { none: {} },
    visibilityConfig: measured(name),
  };
}

const measured = (metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: false,
});
