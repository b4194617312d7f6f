/** How a fleet comes back after a power cut. */
export const ARRIVALS = ['burst', 'uniform', 'poisson', 'waves'] as const;

export type ArrivalPattern = (typeof ARRIVALS)[number];

/** A fleet is back within a minute. */
const WITHIN_MS = 60_000;
const WAVES = 4;
const WAVE_MS = 3_000;

/**
 * When each device comes, milliseconds from the start.
 *
 * @param pattern `burst`: most in the first seconds. `uniform`: evenly in a minute. `poisson`: at random moments.
 * `waves`: in four waves, as one substation after the other is switched on
 */
export function arrivalTimesMs(pattern: ArrivalPattern, devices: number, random: () => number): number[] {
  return Array.from({ length: devices }, (_, number) => Math.floor(arrivalMs(pattern, number, devices, random)));
}

function arrivalMs(pattern: ArrivalPattern, number: number, devices: number, random: () => number): number {
  switch (pattern) {
    case 'burst':
      // Boots take about as long everywhere: an exponential tail behind a sharp beginning.
      return Math.min(WITHIN_MS, -Math.log(1 - random()) * 10_000);
    case 'uniform':
      return (number * WITHIN_MS) / devices;
    case 'poisson':
      return random() * WITHIN_MS;
    case 'waves':
      return Math.floor(random() * WAVES) * (WITHIN_MS / WAVES) + random() * WAVE_MS;
    default:
      return pattern satisfies never;
  }
}
