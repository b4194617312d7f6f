/** The numbers of a broker that runs on this machine, as its console tells them: to the page, and to Prometheus. */

import { createHash } from 'node:crypto';
import type { MetricName } from '../../lambda/core/metrics.ts';
import { type Answer, jsonAnswer, problemAnswer } from './problem-answers.ts';

/** What happened how often in the last hour. */
export interface CountedHour {
  readonly total: number;
  /** One number a minute, the minute that runs now last. */
  readonly perMinute: readonly number[];
  /** By fleet or by outcome; empty when the metric has neither. */
  readonly by: Readonly<Record<string, number>>;
}

/** How long something took in the last hour. */
export interface MeasuredHour {
  readonly count: number;
  readonly medianSeconds: number;
  /** Nine of ten took no longer. */
  readonly p90Seconds: number;
}

/** The last hour; what did not happen in it is missing. */
export interface LastHour {
  readonly counted: Readonly<Partial<Record<MetricName, CountedHour>>>;
  readonly measured: Readonly<Partial<Record<MetricName, MeasuredHour>>>;
}

/** Where the numbers come from. */
export interface MetricsSource {
  /** All numbers since the start, in Prometheus' text format 0.0.4. */
  readonly prometheusText: () => string;
  readonly lastHour: () => LastHour;
}

/**
 * Answers `/metrics` and `/metrics.json`.
 *
 * @param ifNoneMatch the entity tag of what the page has already
 * @param source undefined for a broker on AWS: CloudWatch has its numbers
 * @returns undefined for any other path
 */
export function answerMetrics(
  path: string,
  ifNoneMatch: string | undefined,
  source: MetricsSource | undefined,
): Answer | undefined {
  if (path !== '/metrics' && path !== '/metrics.json') return undefined;
  if (source === undefined) {
    return problemAnswer(
      404,
      'no_metrics',
      'No metrics here',
      'Only the console that "npm start" opens counts. Look at CloudWatch, namespace FleetTokenBroker.',
    );
  }
  return path === '/metrics' ? textAnswer(source.prometheusText()) : taggedAnswer(source.lastHour(), ifNoneMatch);
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info */
function textAnswer(body: string): Answer {
  const headers = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control': 'no-store' };
  return { status: 200, headers, body };
}

/** With an entity tag: while nothing changes, the page draws nothing. */
function taggedAnswer(lastHour: LastHour, ifNoneMatch: string | undefined): Answer {
  const { status, headers, body } = jsonAnswer(lastHour);
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  if (ifNoneMatch === etag) return { status: 304, headers: { ...headers, ETag: etag }, body: '' };
  return { status, headers: { ...headers, ETag: etag }, body };
}
