/** What a case is run with. */
export interface CaseOptions {
  readonly rows: number
  readonly flushSize: number
  /** An empty folder of its own. */
  readonly folder: string
}

/** Writes rows, and answers how many arrived. */
export type Case = (options: CaseOptions) => Promise<number>
