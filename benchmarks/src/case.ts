/** What a case is run with. */
export interface CaseOptions {
  readonly rows: number
  readonly flushSize: number
  /** An empty folder of its own. */
  readonly folder: string
}

/** Writes rows, and answers how many arrived; for what needs no preparation. */
export type Case = (options: CaseOptions) => Promise<number>

/** A case that is ready to be run: what it needs is there before the clock runs. */
export interface PreparedCase {
  /** Writes rows, from the first one to the last commit: what is measured. */
  run(): Promise<void>
  /** How many rows arrived; asked when the clock has stopped. */
  arrived(): number | Promise<number>
  /** Processor time of other processes that took part, in seconds. */
  childCpuSeconds?(): number
  close(): Promise<void>
}

/** A case that has to be prepared. */
export interface OpenCase {
  open(options: CaseOptions): Promise<PreparedCase>
}
