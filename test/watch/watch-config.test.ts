import { describe, expect, it } from 'vitest';
import { type ConfigError, parseBrokerConfig } from '../../lib/config.ts';
import { MINIMAL_CONFIG } from '../support/synth.ts';

const problems = (fleet: object): readonly string[] => {
  try {
    parseBrokerConfig({ fleets: { kiosks: { ...MINIMAL_CONFIG.fleets.kiosks, ...fleet } } });
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
};

const NEVER =
  'no session waits that long: write less than sessionLifetime, or with immediate approval less than the "10m" of a code of AWS';

describe('how long a device may wait before the alarm tells', () => {
  it.each([
    { waitingAlarm: '9m' },
    { approval: 'deferred', waitingAlarm: '23h' },
    { approval: 'deferred', sessionLifetime: '7d', waitingAlarm: '6d' },
  ])('may be %j', (fleet) => {
    expect(problems(fleet)).toEqual([]);
  });

  it.each([
    { waitingAlarm: '10m' },
    { approval: 'deferred', waitingAlarm: '24h' },
    { approval: 'deferred', sessionLifetime: 3_600, waitingAlarm: '2h' },
  ])('may not be longer than any session lives: %j', (fleet) => {
    expect(problems(fleet)).toEqual([
      `broker.fleets.kiosks.waitingAlarm: ${NEVER} (got ${JSON.stringify(fleet.waitingAlarm)}).`,
    ]);
  });

  it('is told once when it is no time at all', () => {
    expect(problems({ waitingAlarm: 'soon' })).toEqual([
      expect.stringMatching(
        /^broker\.fleets\.kiosks\.waitingAlarm: write how long a device may wait .* \(got "soon"\)\.$/,
      ),
    ]);
  });
});
