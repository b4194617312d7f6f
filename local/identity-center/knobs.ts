import { z } from 'zod';
import { type Answer, json, oidcError, portalError } from './wire.ts';

const OIDC_OPERATIONS = ['RegisterClient', 'StartDeviceAuthorization', 'CreateToken', 'CreateTokenWithIAM'] as const;
const PORTAL_OPERATIONS = ['GetRoleCredentials', 'ListAccounts', 'ListAccountRoles', 'Logout'] as const;

const operation = z.enum([...OIDC_OPERATIONS, ...PORTAL_OPERATIONS]);
const count = z.int().min(0);
const fault = z.strictObject({ operation, count });
const seconds = z.int().min(0);

const knobsSchema = z.strictObject({
  latencyMs: z.number().min(0),
  failNext: z.array(z.strictObject({ operation, status: z.literal([429, 500, 503]), count })),
  dropAfterCommit: fault.nullable(),
  hang: fault.nullable(),
  deviceCodeLifetimeSeconds: seconds,
  intervalSeconds: seconds,
  accessTokenLifetimeSeconds: seconds,
  sessionLifetimeSeconds: seconds,
});

/** The name of an API operation, as in the service models. */
export type Operation = z.infer<typeof operation>;

/**
 * What a test can turn while the stand-in runs. Counts go down as faults happen. `latencyMs` delays answers, not the
 * work; `failNext` fails before anything is done; `dropAfterCommit` does the work of a call that succeeds, then destroys
 * the socket; `hang` does nothing and never answers. Lifetimes apply to what is issued from then on.
 */
export type Knobs = z.infer<typeof knobsSchema>;

/** Result of a change from outside: done, or a sentence that names what is wrong with it. */
export type PatchResult = { readonly kind: 'patched' } | { readonly kind: 'refused'; readonly message: string };

/** Sets the members that `patch` has, leaves the others, changes nothing when one is wrong. */
export function patchKnobs(knobs: Knobs, patch: unknown): PatchResult {
  const parsed = knobsSchema.partial().safeParse(patch);
  if (!parsed.success) {
    const message = `Nothing was changed. Correct this and send it again: ${z.prettifyError(parsed.error)}`;
    return { kind: 'refused', message };
  }
  Object.assign(knobs, parsed.data);
  return { kind: 'patched' };
}

/** Says whether this call meets the fault, and counts it if so. */
export function takeFault(knobs: Knobs, kind: 'dropAfterCommit' | 'hang', called: Operation): boolean {
  const armed = knobs[kind];
  if (armed?.operation !== called || armed.count < 1) return false;
  armed.count -= 1;
  return true;
}

/** The failure that a test ordered for this call, if any, and counts it. */
export function takeFailure(knobs: Knobs, called: Operation): Answer | undefined {
  const ordered = knobs.failNext.find((entry) => entry.operation === called && entry.count > 0);
  if (ordered === undefined) return undefined;
  ordered.count -= 1;
  return failure(ordered.status, called);
}

function failure(status: 429 | 500 | 503, called: Operation): Answer {
  if (status === 429) return portalError('TooManyRequestsException', 'Too many requests');
  if (status === 503) return portalError('ServiceUnavailableException', 'Service unavailable');
  const isPortal = (PORTAL_OPERATIONS as readonly string[]).includes(called);
  return isPortal
    ? portalError('InternalServerException', 'Internal server error')
    : oidcError('InternalServerException', 'Internal server error');
}

/** `GET /knobs`: how everything is set now. */
export function showKnobs(knobs: Knobs): Answer {
  return json('ok', 200, knobs);
}
