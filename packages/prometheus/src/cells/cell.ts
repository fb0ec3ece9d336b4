import type { SeriesReading } from './reading.ts'

/** The storage behind one label set of one family; what it holds is its reading. */
export interface Cell extends SeriesReading {
  /** Reads what is pulled. Failures are told and leave the last reading. */
  collect(onError: () => void): void
  /** Back to zero; what is pulled belongs to its source and stays. */
  reset(): void
}
