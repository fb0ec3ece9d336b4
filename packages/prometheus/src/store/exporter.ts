import { catalogue } from '@batchflow/pipeline-metrics'
import type { Readings } from '../cells/reading.ts'
import { invalidOption } from '../options/invalid-option.ts'
import type { ReporterOptions } from '../options/options.ts'
import { readForeign } from '../page/foreign-family.ts'
import { Pages } from '../page/pages.ts'
import { MemorySource } from '../runtime/memory-source.ts'
import { Runtime } from '../runtime/runtime.ts'
import { type Snapshot, snapshotOf } from '../workers/snapshot.ts'
import type { MetricRegistry } from './metric-registry.ts'
import { MetricStore } from './metric-store.ts'
import { seriesMetric } from './own-metrics.ts'
import { RateSampler, sampledFamilies } from './rate-sampler.ts'
import { RegisteredFamilies } from './registered-families.ts'
import { whileAlive } from './while-alive.ts'

/** Everything behind the reporters of one registry and prefix: what is stored, what is measured of the process, what is
 * sampled on a timer, and what a page is made of.
 *
 * in use: by one reporter or more, and a timer runs, which keeps nothing alive. idle: every reporter was disposed; what was
 * counted is there, pages are written, and nothing is sampled. A new reporter puts it to use again. */
export class Exporter {
  readonly store: MetricStore
  readonly pages: Pages
  readonly registered: RegisteredFamilies
  /** Resolves when the first page has everything. */
  readonly ready: Promise<void>
  readonly #memory: MemorySource
  readonly #runtime: Runtime | undefined
  readonly #sampler = new RateSampler(() => performance.now())
  readonly #sampleIntervalMs: number
  #timer: Disposable | undefined
  #users = 0
  #collectedThisTurn = false

  /** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when the registry has a metric of one of our names */
  constructor(registry: MetricRegistry, options: ReporterOptions) {
    const { prefix, labels, profile, runtime, sampleIntervalMs } = options
    const store = new MetricStore(options)
    const yielded = runtime === false ? [] : takenRuntimeNames(registry)
    const [refused] = runtime === true ? yielded : []
    if (refused !== undefined) throw taken(refused)
    const source = { families: store.families, reading: this.#reading }
    this.store = store
    this.pages = new Pages(source, { prefix, labels, yielded: new Set(yielded) })
    refuseTakenNames(registry, this.pages)
    this.registered = new RegisteredFamilies(registry, {
      pages: this.pages,
      profile,
      collectOncePerTurn: () => this.#collectOncePerTurn(),
      reset: (name) => store.reset(name),
    })
    for (const { metric } of store.families) this.registered.add(metric)
    this.registered.add(seriesMetric)
    store.onFamily = (metric) => {
      this.registered.add(metric)
      for (const view of this.pages.views)
        if (view.sources.includes(metric.name)) this.registered.add(view.metric)
    }
    this.#memory = new MemorySource(store)
    this.#runtime = runtime === false ? undefined : new Runtime(store, this.#memory)
    this.ready = this.#runtime?.ready ?? Promise.resolve()
    this.#sampleIntervalMs = sampleIntervalMs
  }

  /** One reporter more uses it; disposed, one less. */
  use(): Disposable {
    if (this.#users++ === 0) {
      this.#timer = whileAlive(this, this.#sampleIntervalMs)
      this.#runtime?.start()
    }
    let used = true
    return {
      [Symbol.dispose]: () => {
        if (!used) return
        used = false
        if (--this.#users === 0) this.#stop()
      },
    }
  }

  /** Takes a reading of everything, in one synchronous pass. */
  collect(): void {
    this.#memory.sample()
    this.#runtime?.beforeCollect()
    this.store.collect()
  }

  /** Everything there is, with what others have in the registry. A metric that fails is left out and counted. */
  async snapshot(registry: MetricRegistry): Promise<Snapshot> {
    await this.ready
    const others = registry.getMetricsAsArray().filter((metric) => !this.registered.owns(metric))
    const foreign = await Promise.all(
      others.map(async (metric) => {
        try {
          return await readForeign(metric)
        } catch {
          // Counted; the others are told all the same.
          this.store.collectFailed()
          return undefined
        }
      }),
    )
    return { ...this.snapshotNow(), foreign: foreign.filter((family) => family !== undefined) }
  }

  /** What is stored here, without waiting for others. */
  snapshotNow(): Snapshot {
    this.collect()
    const families = [...this.store.families, ...this.#sampler.families]
    return { families: families.map(snapshotOf), foreign: [] }
  }

  /** Called at intervals: what must not depend on when somebody scrapes. */
  tick(): void {
    this.store.collectOnly(sampledFamilies)
    this.store.turnSummaries()
    this.#sampler.sample(this.#reading)
    this.#runtime?.tick()
  }

  #stop(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#runtime?.stop()
  }

  readonly #reading: Readings = (name) => this.#sampler.reading(name) ?? this.store.reading(name)

  /** prom-client asks each metric for its values, all in one turn; one pass serves them. */
  #collectOncePerTurn(): void {
    if (this.#collectedThisTurn) return
    this.#collectedThisTurn = true
    queueMicrotask(() => (this.#collectedThisTurn = false))
    this.collect()
  }
}

const ownLayers: readonly string[] = [
  'canonical',
  'addition',
  'guide-view',
  'batchsql-view',
  'harness',
  'batchsql-harness',
  'pipeline',
]

function isOfRuntime(name: string): boolean {
  return /^(process|nodejs)_/.test(name)
}

/** Names of the process's metrics that somebody else has registered, as prom-client's `collectDefaultMetrics` does. */
function takenRuntimeNames(registry: MetricRegistry): string[] {
  return Object.keys(catalogue).filter(
    (name) => isOfRuntime(name) && registry.getSingleMetric(name) !== undefined,
  )
}

/** A name that is taken is told now, and not when a flow is under way. */
function refuseTakenNames(registry: MetricRegistry, pages: Pages): void {
  for (const metric of Object.values(catalogue)) {
    if (isOfRuntime(metric.name) || !ownLayers.includes(metric.layer)) continue
    const name = pages.nameOf(metric)
    if (registry.getSingleMetric(name) !== undefined) throw taken(name)
  }
}

function taken(name: string): Error {
  return invalidOption('registry', `without a metric of its own named ${name}`, 'one that has it')
}
