/** OpenTelemetry by a layer: the functions' code knows nothing of it. */
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SERVICE_NAME } from '../../lambda/core/metrics.ts';
import type { HandlerName } from '../bundle.ts';

/**
 * The layer writes a request's whole address into its trace (attribute `url.full`). The addresses of devices may hold an
 * enrollment key (`/e/<key>`), those of people a user code, so this one is left with X-Ray's own trace.
 */
const ADDRESSES_HOLD_SECRETS: ReadonlySet<HandlerName> = new Set<HandlerName>(['device-api']);

/**
 * Adds the layer of AWS's distribution of OpenTelemetry to a function, unless its addresses may hold secrets. Traces leave by way
 * of X-Ray, so the function's role needs no further right.
 *
 * @param layerVersionArn the layer `AWSOpenTelemetryDistroJs`, with its version
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Application-Signals-Enable-LambdaMain.html
 */
export function instrument(made: lambda.Function, name: HandlerName, layerVersionArn: string): void {
  if (ADDRESSES_HOLD_SECRETS.has(name)) return;
  made.addLayers(lambda.LayerVersion.fromLayerVersionArn(made, 'OpenTelemetry', layerVersionArn));
  made.addEnvironment('AWS_LAMBDA_EXEC_WRAPPER', '/opt/otel-instrument');
  made.addEnvironment('OTEL_SERVICE_NAME', SERVICE_NAME);
  // Application Signals is billed by the request, and wants rights of its own.
  made.addEnvironment('OTEL_AWS_APPLICATION_SIGNALS_ENABLED', 'false');
}
