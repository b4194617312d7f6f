/** What stands where a list would: nothing yet, nothing at all, or why not. */

import type { ComponentChildren } from 'preact';
import type { ApiProblem } from '../api.ts';
import { refreshNow } from '../live.ts';
import type { Resource } from '../resource.ts';
import { Icon, type IconName } from './icons.tsx';

/** While the first answer is on its way. */
export function Loading({ what }: { what: string }) {
  return (
    <div class="state loading" role="status">
      <span class="unseen">Loading {what} …</span>
      {[0, 1, 2, 3, 4].map((line) => (
        <span key={line} class="skeleton" aria-hidden="true" />
      ))}
    </div>
  );
}

/** When there is nothing: why that may be, and what to do. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children: ComponentChildren }) {
  return (
    <div class="state empty">
      <span class="medallion">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

/** When reading failed. */
export function Failed({ problem }: { problem: ApiProblem }) {
  return (
    <div class="state failed" role="alert">
      <span class="medallion">
        <Icon name="warning" />
      </span>
      <h2>{problem.title}</h2>
      <p>{problem.message}</p>
      <button type="button" onClick={() => void refreshNow()}>
        <Icon name="refresh" />
        Try again
      </button>
    </div>
  );
}

interface LoadedProps<T> {
  readonly resource: Resource<T>;
  /** Such as `sessions`. */
  readonly what: string;
  /** Where something that is not there may be found instead. */
  readonly missing?: ComponentChildren;
  readonly children: (data: T) => ComponentChildren;
}

/** What a resource holds, or what stands in its place. What cannot be read again stays, with a word about it. */
export function Loaded<T>({ resource: { data, problem }, what, missing, children }: LoadedProps<T>) {
  if (problem?.status === 404 && missing !== undefined) {
    return (
      <Empty icon="search" title="It is not there">
        {missing}
      </Empty>
    );
  }
  // What the broker refuses it will refuse again; what it was too busy for is only late.
  const isFinal = problem !== undefined && problem.status >= 400 && problem.status < 500;
  if (problem !== undefined && (data === undefined || isFinal)) return <Failed problem={problem} />;
  if (data === undefined) return <Loading what={what} />;
  return (
    <>
      {problem !== undefined && (
        <p class="inline-problem" role="alert">
          <Icon name="warning" />
          <span>
            This could not be refreshed. {problem.title}: {problem.message}
          </span>
        </p>
      )}
      {children(data)}
    </>
  );
}
