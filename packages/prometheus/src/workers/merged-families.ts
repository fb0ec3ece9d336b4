import type { Labels } from '@batchflow/pipeline-metrics'
import type { FamilyReading, Readings } from '../cells/reading.ts'
import type { PageSource } from '../page/pages.ts'
import { MergedFamily } from './merged-family.ts'
import { snapshotOf, type Snapshot } from './snapshot.ts'

/** One object for equal labels, always the same one, so that what pages make of labels can be kept. */
export class LabelsPool {
  readonly #known = new Map<string, Labels>()

  readonly of = (labels: Labels): Labels => {
    const key = JSON.stringify(Object.entries(labels))
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#known.set(key, labels)
    return labels
  }
}

/** Several snapshots as one source of a page. */
export class MergedFamilies implements PageSource {
  /** Families of one worker that could not be added to those of the others. */
  conflicts = 0
  readonly #families = new Map<string, MergedFamily>()

  constructor(snapshots: readonly Snapshot[], pool: LabelsPool) {
    for (const { families } of snapshots)
      for (const family of families) {
        let merged = this.#families.get(family.metric.name)
        if (merged === undefined) {
          merged = new MergedFamily(family)
          this.#families.set(family.metric.name, merged)
        }
        if (!merged.add(family, pool.of)) this.conflicts++
      }
  }

  get families(): Iterable<FamilyReading> {
    return this.#families.values()
  }

  readonly reading: Readings = (name) => this.#families.get(name)

  /** The sums, as if one worker had counted them. */
  snapshot(): Snapshot {
    return { families: [...this.#families.values()].map(snapshotOf), foreign: [] }
  }
}
