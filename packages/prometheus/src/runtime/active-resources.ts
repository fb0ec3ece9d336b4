import { catalogueEntry } from '../store/catalogue-entry.ts'
import type { MetricStore } from '../store/metric-store.ts'

/** What keeps the event loop alive, by type. A type that was seen stays, at zero when there is none of it. */
export class ActiveResources {
  readonly #store: MetricStore
  readonly #counts = new Map<string, number>()

  constructor(store: MetricStore) {
    this.#store = store
  }

  /** Counts them, for the next pass to read. */
  sample(): void {
    for (const type of this.#counts.keys()) this.#counts.set(type, 0)
    for (const type of process.getActiveResourcesInfo()) {
      const count = this.#counts.get(type)
      if (count === undefined) this.#show(type)
      this.#counts.set(type, (count ?? 0) + 1)
    }
  }

  #show(type: string): void {
    const family = this.#store.gaugeFamily(catalogueEntry('nodejs_active_resources'))
    family.bind({ type }).cell.pull(() => this.#counts.get(type) ?? 0)
  }
}
