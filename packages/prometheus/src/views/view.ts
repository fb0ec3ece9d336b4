import type { FamilyReading, Readings } from '../cells/reading.ts'
import type { CatalogueMetric } from '@batchflow/pipeline-metrics'

/** A family that is not stored but computed from others when a page is written. */
export interface View {
  readonly metric: CatalogueMetric
  /** Names of the families that it is computed from. */
  readonly sources: readonly string[]
  /** undefined: a source is not there. */
  read(readings: Readings): FamilyReading | undefined
}
