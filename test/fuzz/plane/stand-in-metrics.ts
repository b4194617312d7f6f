/** Stands in for the recorder of metrics: nothing reads what the run counts. */
import type { MetricsRecorder } from '../../../lambda/adapters/metrics.ts';

export function makeMetricsRecorder(): MetricsRecorder {
  return { record: () => undefined, publish: () => undefined };
}
