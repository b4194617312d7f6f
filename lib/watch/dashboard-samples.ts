/** Sample data for the picture of the dashboard: twelve hours of a small deployment, the same at every drawing. */

/** Points of a line. */
const POINTS = 72;

/** How a metric goes: around a level, by so much of it up and down, in hundredths of the points that are not zero. */
interface Course {
  readonly level: number;
  readonly spread: number;
  readonly seldom?: number;
}

/** What is not here is what never happens in a good twelve hours. */
const COURSES: Readonly<Record<string, Course>> = {
  SessionsStarted: { level: 9, spread: 0.6 },
  SessionsApproved: { level: 7, spread: 0.7 },
  SessionsDenied: { level: 1, spread: 0, seldom: 8 },
  SessionsExpired: { level: 1, spread: 0, seldom: 20 },
  SessionsSuperseded: { level: 1, spread: 0, seldom: 12 },
  SessionsWaiting: { level: 5, spread: 0.8 },
  OldestWaiting: { level: 900, spread: 0.8 },
  TimeToApproval: { level: 420, spread: 0.5 },
  PollLag: { level: 2_400, spread: 0.6 },
  StreamAge: { level: 1_300, spread: 0.3 },
  IteratorAge: { level: 900, spread: 0.4 },
  ExecutionsStarted: { level: 4, spread: 0.7 },
  CreateTokenLatency: { level: 95, spread: 0.25 },
  StartDeviceAuthorizationLatency: { level: 130, spread: 0.2 },
  RefreshTokenLatency: { level: 110, spread: 0.2 },
  GetRoleCredentialsLatency: { level: 160, spread: 0.2 },
  RegisterClientLatency: { level: 240, spread: 0.1, seldom: 3 },
  UpstreamFailures: { level: 1, spread: 0, seldom: 4 },
  RegistrationSecondsLeft: { level: 6_912_000, spread: 0.002 },
  TokensDelivered: { level: 7, spread: 0.7 },
  TokensRedelivered: { level: 1, spread: 0, seldom: 6 },
  RoleCredentialsIssued: { level: 12, spread: 0.3 },
  Count: { level: 640, spread: 0.5 },
  '4XXError': { level: 410, spread: 0.5 },
  ClientsRegistered: { level: 1, spread: 0, seldom: 15 },
  Latency: { level: 48, spread: 0.3 },
  ConsumedReadCapacityUnits: { level: 310, spread: 0.4 },
  ConsumedWriteCapacityUnits: { level: 260, spread: 0.5 },
};

/**
 * The values of a metric, oldest first.
 *
 * @param name the metric's name
 * @param own tells metrics of one name apart, such as by fleet
 */
export function sampleValues(name: string, own: string): number[] {
  const course = COURSES[name];
  return Array.from({ length: POINTS }, (_, index) =>
    course === undefined ? 0 : valueAt(course, `${name}${own}`, index),
  );
}

function valueAt({ level, spread, seldom }: Course, seed: string, index: number): number {
  if (seldom !== undefined && hash(`${seed} seldom ${index}`) * 100 >= seldom) return 0;
  const wave = Math.sin((index / POINTS) * 2 * Math.PI + hash(seed) * 6);
  const noise = 2 * hash(`${seed} ${index}`) - 1;
  return Math.max(0, level * (1 + spread * (0.6 * wave + 0.4 * noise)));
}

/** From 0 to 1, the same for the same text (FNV-1a, 32 bits). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  // The last steps mix the high bits, which neighbours would share.
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d) >>> 0;
  return ((value ^ (value >>> 13)) >>> 0) / 0x1_0000_0000;
}
