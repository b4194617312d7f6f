/** The app as cdk-nag sees it: constructs before synthesis, what is acknowledged on them, and what a pack finds. */

import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { BrokerStack } from '../../lib/broker-stack.ts';
import { readContext } from '../../lib/cdk-json.ts';
import type { BrokerStackProps } from '../../lib/props.ts';

/** The packs that everything is held against. */
export const PACKS = { AwsSolutions: AwsSolutionsChecks, Serverless: ServerlessChecks } as const;

/** One rule and one construct: a finding, or the acknowledgement of findings on the construct and below it. */
export interface RuleOnConstruct {
  readonly rule: string;
  readonly path: string;
}

/** An acknowledgement and its reason. */
export interface Acknowledgement extends RuleOnConstruct {
  readonly reason: string;
}

/** The app with this configuration, as `cdk synth` builds it. */
export function brokerApp(config: object, outdir: string): App {
  const app = new App({ context: { ...readContext() }, outdir });
  new BrokerStack(app, 'Stack', config as BrokerStackProps);
  return app;
}

/** What a pack finds in an app. */
export function findings(pack: NagPack, app: App): RuleOnConstruct[] {
  return pack
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: String(constructPath) })),
    );
}

/** What a pack would find without any acknowledgement. */
export function findingsRegardless(pack: NagPack, app: App): RuleOnConstruct[] {
  return findings(Object.assign(pack, { isAcknowledged: () => false }), app);
}

/** Everything that is acknowledged in an app. */
export function acknowledgements(app: App): Acknowledgement[] {
  return app.node.findAll().flatMap(({ node }: IConstruct) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([rule, reason]) => ({ rule: rule.replace(/^annotation::/i, ''), path: node.path, reason })),
  );
}
