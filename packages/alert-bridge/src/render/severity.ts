/** How bad an alert is: 0 is worst. */
export type Rank = 0 | 1 | 2 | 3

/** The words that rule files use. One that is not here ranks as a warning, so that nobody's own word is hidden at the
 * end of a digest. */
const ranks: ReadonlyMap<string, Rank> = new Map([
  ['critical', 0],
  ['page', 0],
  ['emergency', 0],
  ['fatal', 0],
  ['disaster', 0],
  ['error', 1],
  ['major', 1],
  ['high', 1],
  ['info', 3],
  ['information', 3],
  ['notice', 3],
  ['none', 3],
])

export function rankOf(severity: string): Rank {
  return ranks.get(severity.toLowerCase()) ?? 2
}

const marks = ['🔴', '🟠', '🟡', '🔵'] as const

/** What stands before an alert: a colour by its rank, a check mark when it is over. */
export function markOf({ status, severity }: { readonly status: string; readonly severity: string }): string {
  return status === 'resolved' ? '✅' : marks[rankOf(severity)]
}

/** Firing before resolved, and then by severity; alerts that are equal in both keep their order. */
export function worstFirst(
  a: { readonly status: string; readonly severity: string },
  b: { readonly status: string; readonly severity: string },
): number {
  if (a.status !== b.status) return a.status === 'firing' ? -1 : 1
  return rankOf(a.severity) - rankOf(b.severity)
}
