/** What an error code of a robot means to us. */
export interface CodeMeaning {
  readonly kind: 'rate_limited' | 'busy' | 'text' | 'settings'
  /** What to do about it, for the log and for Alertmanager's. */
  readonly hint: string
}

export type ErrorTable = ReadonlyMap<number, CodeMeaning>
