import type { Metric } from '@batchflow/pipeline-metrics'
import { invalidOption } from '../options/invalid-option.ts'
import { isHidden, type Pages } from '../page/pages.ts'
import { isOnPage, type Profile } from '../page/profile.ts'
import type { MetricRegistry, RegisteredMetric } from './metric-registry.ts'

/** What registered metrics read from. */
export interface RegisteredSource {
  readonly pages: Pages
  readonly profile: Profile
  /** Takes a reading of everything, unless that was done in this turn of the event loop. */
  collectOncePerTurn(): void
  reset(name: string): void
}

/** Puts families into a prom-client registry, as objects that look like its metrics: on pages that the registry itself
 * writes, in its JSON, and in what prom-client gathers from the workers of a cluster. */
export class RegisteredFamilies {
  readonly #registry: MetricRegistry
  readonly #source: RegisteredSource
  readonly #objects = new Map<string, RegisteredMetric>()

  constructor(registry: MetricRegistry, source: RegisteredSource) {
    this.#registry = registry
    this.#source = source
  }

  /** True for what was put into the registry here. */
  owns(metric: { readonly name: string }): boolean {
    return this.#objects.get(metric.name) === metric
  }

  /** Puts back what is not in the registry any more, as after its `clear()`. */
  restore(): void {
    for (const registered of this.#objects.values())
      if (this.#registry.getSingleMetric(registered.name) === undefined)
        this.#registry.registerMetric(registered)
  }

  /** Registers a family of the default profile, once.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when the name is taken */
  add(metric: Metric): void {
    const { pages, profile } = this.#source
    const name = pages.nameOf(metric)
    if (isHidden(metric) || !isOnPage(metric, profile) || this.#objects.has(name)) return
    if (pages.yields(metric)) return
    if (this.#registry.getSingleMetric(name) !== undefined)
      throw invalidOption('registry', `without a metric of its own named ${name}`, 'one that has it')
    const registered = this.#object(metric, name)
    this.#registry.registerMetric(registered)
    this.#objects.set(name, registered)
  }

  #object(metric: Metric, name: string): RegisteredMetric {
    const { pages, profile } = this.#source
    const facade = { name, help: metric.help, type: metric.type, aggregator: metric.aggregator ?? 'sum' }
    return {
      ...facade,
      get: () => {
        this.#source.collectOncePerTurn()
        return Promise.resolve({ ...facade, values: pages.samplesOf(metric, profile) })
      },
      reset: () => this.#source.reset(metric.name),
    }
  }
}
