/**
 * A start URL as people mean it, for comparing: users paste `#/` and trailing slashes along, and host names know no case.
 *
 * @returns the comparable form; text that is no URL is returned as it is, so that it equals nothing
 */
export function normaliseStartUrl(startUrl: string): string {
  if (!URL.canParse(startUrl)) return startUrl;
  const url = new URL(startUrl);
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}${url.search}`;
}
