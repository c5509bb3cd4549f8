/** How many findings are listed one by one. */
export const FINDINGS_MAX = 1_000;

/** What a verification found, bounded. */
export interface FindingList<Finding> {
  readonly findings: readonly Finding[];
  add(finding: Finding): void;
  /** How many findings there were beyond those that are listed. */
  unlisted(): number;
}

/** A list that stops growing at `FINDINGS_MAX` and counts what came after. */
export function findingList<Finding>(): FindingList<Finding> {
  const findings: Finding[] = [];
  let unlisted = 0;
  return {
    findings,
    unlisted: () => unlisted,
    add: (finding) => {
      if (findings.length < FINDINGS_MAX) findings.push(finding);
      else unlisted += 1;
    },
  };
}
