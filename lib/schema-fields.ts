/** The kinds of fields that a configuration is made of. Each takes the advice that is printed when its value is wrong. */
import { Token } from 'aws-cdk-lib';
import * as z from 'zod';
import { durationSeconds } from './duration.ts';

/** True for an https address, and for a plain http one on this machine (where there is nobody to listen in). */
function isServiceAddress(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || url.username !== '' || url.password !== '') {
    return false;
  }
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname));
}

/** A text of this form. */
export const text = (advice: string, pattern: RegExp) => z.string(advice).regex(pattern, advice);

/**
 * A text of this form that ends in the template and nowhere else: another construct's attribute, which is not known before
 * it is deployed, will do as well.
 */
export const templateText = (advice: string, isRight: (value: string) => boolean) =>
  z.string(advice).refine((value) => Token.isUnresolved(value) || isRight(value), advice);

/** The address of a service. */
export const address = (advice: string) => z.string(advice).refine(isServiceAddress, advice);

/** A whole number between two bounds, both included. */
export const whole = (advice: string, least: number, most: number) =>
  z.int(advice).min(least, advice).max(most, advice);

/** A duration between two bounds, in seconds once parsed. */
export const duration = (advice: string, leastSeconds: number, mostSeconds: number) =>
  z.union([z.number(), z.string()], advice).transform((value, context) => {
    const seconds = durationSeconds(value);
    if (seconds !== undefined && seconds >= leastSeconds && seconds <= mostSeconds) {
      return seconds;
    }
    context.addIssue({ code: 'custom', message: advice });
    return z.NEVER;
  });

/** True or false. */
export const yesOrNo = () => z.boolean('write true or false');

/** For rules across fields: these look at fields that may themselves be wrong, so they run always and check what they touch. */
export const always = { when: () => true };
