/**
 * Where the operator is: in the fragment of the address, which never leaves the browser. `#/sessions?phase=pending&fleet=x`
 * can be kept, sent to a colleague and gone back to.
 */

import { createStore, useStore } from './store.ts';

export interface Route {
  /** Such as `['sessions', '<id>']`. */
  readonly path: readonly string[];
  readonly params: Readonly<Record<string, string>>;
}

/** Reads a fragment. Nothing in it: the overview. */
export function parseRoute(fragment: string): Route {
  const [path = '', search = ''] = fragment.replace(/^#\/?/, '').split(/\?(.*)/s);
  const parts = path.split('/').filter((part) => part !== '');
  return {
    path: parts.length === 0 ? ['overview'] : parts.map(decoded),
    params: Object.fromEntries(new URLSearchParams(search)),
  };
}

/** A part that is no valid escape is taken as it is written. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The fragment of a place; empty parameters are left out. */
export function href(path: readonly string[], params: Readonly<Record<string, string | undefined>> = {}): string {
  const present = Object.entries(params).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const search = new URLSearchParams(present).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

const route = createStore<Route>(parseRoute(''));

/** Follows the address. */
export function startRouting(): void {
  const follow = (): void => route.set(parseRoute(location.hash));
  window.addEventListener('hashchange', follow);
  window.addEventListener('popstate', follow);
  follow();
}

export const useRoute = (): Route => useStore(route);

/** Goes somewhere, as following a link does. */
export function go(path: readonly string[], params?: Readonly<Record<string, string | undefined>>): void {
  location.hash = href(path, params);
}

/** Changes parameters of this place without a step in the history: what is typed should not have to be gone back through. */
export function adjust(changes: Readonly<Record<string, string | undefined>>): void {
  const { path, params } = route.get();
  history.replaceState(null, '', href(path, { ...params, ...changes }));
  route.set(parseRoute(location.hash));
}
