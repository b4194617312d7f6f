/** What a deployment runs, read from the template that `cdk deploy` ships. */
import { type PollingLoopType, pollingDefinition } from '../../lib/polling-definition.ts';
import {
  brokerTemplate,
  MINIMAL_CONFIG,
  onlyResource,
  readable,
  resourceNamed,
  resourcesOf,
} from '../support/synth.ts';
import type { MachineDefinition, MachineKind } from './state-machine.ts';

export interface Deployment {
  readonly definition: MachineDefinition;
  readonly machine: MachineKind;
  /** Memory of the functions in MB. */
  readonly memoryMb: Readonly<Record<'poll' | 'startPolling' | 'deviceApi' | 'publishEvents', number>>;
  readonly startPolling: Feed;
  readonly publishEvents: Feed;
  /** Requests a second, requests at once, and starts a second that the stage lets in. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number; readonly startsPerSecond: number };
}

/** How a function is fed from the table's stream. */
export interface Feed {
  readonly batchSize: number;
  readonly windowMs: number;
}

/**
 * Synthesizes the app and reads what it would deploy.
 *
 * @param broker settings beside the smallest configuration that works
 */
export function readDeployment(broker: Readonly<Record<string, unknown>> = {}): Deployment {
  const template = brokerTemplate({ ...MINIMAL_CONFIG, ...broker });
  const { Properties } = onlyResource(template, 'AWS::StepFunctions::StateMachine');
  const { Level } = Properties.LoggingConfiguration as { Level: MachineKind['logLevel'] };
  const memoryOf = (name: string): number => resourceNamed(template, name).Properties.MemorySize as number;

  function feedOf(functionName: string): Feed {
    const mappings = Object.values(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'));
    const mapping = mappings.find(({ Properties: { FunctionName } }) =>
      readable(FunctionName).startsWith(functionName),
    );
    if (mapping === undefined) throw new Error(`nothing feeds ${functionName}`);
    const { BatchSize, MaximumBatchingWindowInSeconds = 0 } = mapping.Properties;
    return { batchSize: BatchSize as number, windowMs: (MaximumBatchingWindowInSeconds as number) * 1000 };
  }

  const stage = onlyResource(template, 'AWS::ApiGateway::Stage').Properties.MethodSettings as MethodSetting[];
  const settingOf = (path: string): MethodSetting => {
    const setting = stage.find(({ ResourcePath }) => ResourcePath === path);
    if (setting === undefined) throw new Error(`the stage has no limit for ${path}`);
    return setting;
  };
  const [all, start] = [settingOf('/*'), settingOf('/~1device_authorization')];

  return {
    definition: JSON.parse(readable(Properties.DefinitionString)) as MachineDefinition,
    machine: { type: Properties.StateMachineType as MachineKind['type'], logLevel: Level },
    memoryMb: {
      poll: memoryOf('BrokerPoll'),
      startPolling: memoryOf('BrokerStartPolling'),
      deviceApi: memoryOf('BrokerDeviceApi'),
      publishEvents: memoryOf('BrokerPublishEvents'),
    },
    startPolling: feedOf('BrokerStartPolling'),
    publishEvents: feedOf('BrokerPublishEvents'),
    throttle: {
      rateLimit: all.ThrottlingRateLimit,
      burstLimit: all.ThrottlingBurstLimit,
      startsPerSecond: start.ThrottlingRateLimit,
    },
  };
}

interface MethodSetting {
  readonly ResourcePath: string;
  readonly ThrottlingRateLimit: number;
  readonly ThrottlingBurstLimit: number;
}

/** The same deployment with the loop as another type of workflow. */
export function withLoop(deployment: Deployment, type: PollingLoopType): Deployment {
  const definition = pollingDefinition('poll', 'aws', type) as unknown as MachineDefinition;
  return {
    ...deployment,
    definition,
    machine: { ...deployment.machine, type: type === 'express' ? 'EXPRESS' : 'STANDARD' },
  };
}
