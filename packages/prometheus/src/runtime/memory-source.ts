import { isMainThread } from 'node:worker_threads'
import type { MetricStore } from '../store/metric-store.ts'
import { memoryBytes } from '../views/hidden-families.ts'
import { type MemoryReading, readMemory } from './process-readings.ts'

/** Feeds the hidden memory family, from one sample of the process per pass. In a worker thread the resident set is left
 * to the main thread, which has the same one. */
export class MemorySource {
  #memory: MemoryReading = readMemory()

  constructor(store: MetricStore) {
    const show = (type: string, read: (memory: MemoryReading) => number | undefined) =>
      store
        .gaugeFamily(memoryBytes)
        .bind({ type })
        .cell.pull(() => read(this.#memory))
    show('alloc', ({ heapUsed }) => heapUsed)
    show('current', ({ heapUsed }) => heapUsed)
    if (isMainThread) show('sys', ({ rss }) => rss)
    show('total_alloc', ({ totalAllocated }) => totalAllocated)
  }

  get memory(): MemoryReading {
    return this.#memory
  }

  /** Takes the sample that the next pass reads. */
  sample(): void {
    this.#memory = readMemory()
  }
}
