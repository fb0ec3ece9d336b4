/** What to do about an alert; `render-runbook.ts` makes a page of it under fixed headings. */
export interface Runbook {
  /** Name of the alert. */
  readonly alert: string
  readonly meaning: string
  readonly affected: string
  /** Three questions, and the query that answers each. */
  readonly queries: readonly [RunbookQuery, RunbookQuery, RunbookQuery]
  readonly decisions: readonly Decision[]
  /** Steps that help at once, whatever the cause. */
  readonly stop: readonly string[]
  readonly escalate: string
  readonly falseAlarms: string
}

export interface RunbookQuery {
  readonly ask: string
  readonly expr: string
}

/** One row of the decision table. */
export interface Decision {
  readonly seen: string
  readonly cause: string
  readonly command: string
}

/** The headings of every runbook, in order. */
export const headings = [
  'Meaning',
  'Who is affected',
  'Three queries',
  'Decision table',
  'Stop the bleeding',
  'When to escalate',
  'False alarms',
] as const
