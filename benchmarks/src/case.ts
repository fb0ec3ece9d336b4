/** What a case is run with. */
export interface CaseOptions {
  readonly rows: number
  readonly flushSize: number
  /** An empty folder of its own. */
  readonly folder: string
}

/** Writes rows, and answers how many arrived. */
export type Case = (options: CaseOptions) => Promise<number>

/** A case that is ready to be run: what it needs is there before the clock runs. */
export interface PreparedCase {
  /** Writes rows; answers how many arrived, and the processor time of other processes that took part. */
  run(): Promise<{ readonly arrived: number; readonly childCpuSeconds: number }>
  close(): Promise<void>
}

/** A case that has to be prepared. */
export interface OpenCase {
  open(options: CaseOptions): Promise<PreparedCase>
}
