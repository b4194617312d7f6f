/** What the doctor found: one line a check, for people and for machines. */

/** The outcome of one check; what is not ok says how to mend it. */
export type Finding =
  | { readonly check: string; readonly ok: true; readonly detail: string }
  | { readonly check: string; readonly ok: false; readonly detail: string; readonly fix: string };

/** The findings as lines for a terminal. */
export function reportText(findings: readonly Finding[]): string {
  const lines = findings.map((finding) =>
    finding.ok
      ? `ok    ${finding.check}: ${finding.detail}`
      : `FAIL  ${finding.check}: ${finding.detail}\n      ${finding.fix}`,
  );
  const failed = findings.filter((finding) => !finding.ok).length;
  const verdict = failed === 0 ? 'Ready: npx cdk deploy' : `${failed} of ${findings.length} checks failed.`;
  return [...lines, '', verdict].join('\n');
}

/** The findings as JSON. */
export function reportJson(findings: readonly Finding[]): string {
  return JSON.stringify({ ok: findings.every((finding) => finding.ok), findings }, null, 2);
}
