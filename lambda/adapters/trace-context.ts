import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * The trace that a request belongs to (W3C Trace Context), from the device through to upstream. It is kept beside the call
 * and not in its parameters: nothing in the core decides anything by it.
 */
const current = new AsyncLocalStorage<string | undefined>();

/** `version-traceId-parentId-flags`, no all-zero ids, version ff is invalid (W3C Trace Context §3.2). */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Runs a request under the trace that its `traceparent` names.
 *
 * @param traceparent the header as it came; anything but a well-formed one is dropped, so that no other text passes through
 */
export function withTraceparent<T>(traceparent: string | undefined, run: () => T): T {
  return current.run(traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined, run);
}

interface UpstreamRequest {
  readonly headers: Record<string, string>;
}

/** The part of an SDK client that takes middleware. */
interface TracedClient {
  readonly middlewareStack: {
    add(
      middleware: <A extends { request: unknown }, R>(next: (args: A) => Promise<R>) => (args: A) => Promise<R>,
      options: { readonly step: 'build'; readonly name: string },
    ): void;
  };
}

/** Makes a client of the AWS SDK send the running request's `traceparent`, if it has one. */
export function sendTraceparent(client: TracedClient): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const traceparent = current.getStore();
      const { headers } = args.request as UpstreamRequest;
      if (traceparent !== undefined) headers.traceparent = traceparent;
      return next(args);
    },
    { step: 'build', name: 'sendTraceparent' },
  );
}
