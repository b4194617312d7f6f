/** The CDK app: for the CDK CLI, for the local run and for tests, so that all three run the same thing. */
import { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { BrokerStack } from './broker-stack.ts';
import { readContext } from './cdk-json.ts';
import { type BrokerConfig, parseBrokerConfig } from './config.ts';
import type { BrokerStackProps } from './props.ts';

/** What to synthesize, and where to. */
export interface SynthesizeOptions {
  /**
   * The configuration.
   * @default - the context key `broker`: of the CDK CLI, otherwise of cdk.json
   */
  readonly config?: unknown;
  /**
   * What holds where the configuration says nothing.
   * @default - the defaults of the configuration itself
   */
  readonly defaults?: Partial<BrokerStackProps>;
  /**
   * The folder of the cloud assembly.
   * @default - what the CDK CLI says, otherwise a new temporary folder
   */
  readonly outdir?: string;
}

/** A synthesized app. */
export interface SynthesizedApp {
  readonly assembly: CloudAssembly;
  readonly config: BrokerConfig;
  /** The one stack's name, and its template. */
  readonly stackName: string;
  readonly template: unknown;
}

/**
 * Synthesizes the app: one stack with one broker. Takes a few seconds and needs no network.
 *
 * @throws ConfigError with one sentence for each wrong field
 */
export function synthesize({ config, defaults, outdir }: SynthesizeOptions = {}): SynthesizedApp {
  const app = new App({
    context: { ...readContext() },
    // Synthesized below, so that a wrong configuration leaves no half assembly behind.
    autoSynth: false,
    ...(outdir === undefined ? {} : { outdir }),
  });
  const written = withDefaults(config ?? app.node.tryGetContext('broker'), defaults);
  const parsed = parseBrokerConfig(written);
  const { stackName } = parsed;
  new BrokerStack(app, stackName, written as BrokerStackProps);
  const assembly = app.synth();
  return { assembly, config: parsed, stackName, template: assembly.getStackByName(stackName).template };
}

/** Anything but an object is left as it is, for the sentence that says so. */
function withDefaults(written: unknown, defaults: object | undefined): unknown {
  return typeof written === 'object' && written !== null ? { ...defaults, ...written } : written;
}
