import { getHeapStatistics } from 'node:v8'
import { isMainThread } from 'node:worker_threads'
import type { BoundHistogram, Labels } from '@batchflow/pipeline-metrics'
import { catalogueEntry } from '../store/catalogue-entry.ts'
import type { MetricStore } from '../store/metric-store.ts'
import { gcRuns } from '../views/hidden-families.ts'
import { ActiveResources } from './active-resources.ts'
import { EventLoopWatch } from './event-loop-watch.ts'
import { type GcKind, type GcListener, watchGc } from './gc-watch.ts'
import type { MemorySource } from './memory-source.ts'
import { countOpenFiles, cpuSeconds, readMaxFiles, startTimeSeconds } from './process-readings.ts'

const gcKinds: readonly GcKind[] = ['major', 'minor', 'incremental', 'weakcb']

/** Feeds the families of the process and of Node.js.
 *
 * In a worker thread only what belongs to the thread is measured: its heap, its collections, its event loop. Processor
 * time, files and the resident set are the process's, and the main thread tells of them once. */
export class Runtime implements GcListener {
  /** Resolves when the first page has everything. */
  readonly ready: Promise<void>
  readonly #store: MetricStore
  readonly #pauses: ReadonlyMap<GcKind, BoundHistogram>
  readonly #loop: EventLoopWatch
  readonly #resources: ActiveResources
  #watch: Disposable | undefined
  #collections = 0
  #openFiles: number | undefined
  #maxFiles: number | undefined

  constructor(store: MetricStore, source: MemorySource) {
    this.#store = store
    const pauses = store.recordingFamily(catalogueEntry('nodejs_gc_duration_seconds'))
    this.#pauses = new Map(gcKinds.map((kind) => [kind, pauses.bind({ kind }).cell]))
    this.#loop = new EventLoopWatch(
      store.recordingFamily(catalogueEntry('nodejs_eventloop_delay_seconds')).bind({}).cell,
    )
    this.#resources = new ActiveResources(store)
    store
      .gaugeFamily(gcRuns)
      .bind({})
      .cell.pull(() => this.#collections)
    this.#showThread(source)
    if (isMainThread) this.#showProcess(source)
    this.ready = isMainThread ? this.#readFiles() : Promise.resolve()
  }

  collected(kind: GcKind, seconds: number): void {
    this.#collections++
    this.#pauses.get(kind)?.record(seconds)
  }

  /** Takes what the next pass reads. */
  beforeCollect(): void {
    this.#resources.sample()
  }

  /** Called at intervals: what must not be done during a scrape. */
  tick(): void {
    this.#loop.sample()
    // A system that does not show its files will not show them later; counting never rejects.
    if (this.#openFiles !== undefined) this.#countFiles().catch(() => {})
  }

  /** Begins to observe. */
  start(): void {
    this.#watch ??= watchGc(this)
    this.#loop.start()
  }

  /** Ends to observe; what was counted stays. */
  stop(): void {
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
    this.#loop.stop()
  }

  #showThread(source: MemorySource): void {
    const { node } = process.versions
    const [major = '', minor = '', patch = ''] = node.split('.')
    this.#gauge('nodejs_version_info', () => 1, { version: `v${node}`, major, minor, patch })
    this.#gauge('nodejs_heap_size_used_bytes', () => source.memory.heapUsed)
    this.#gauge('nodejs_heap_size_total_bytes', () => source.memory.heapTotal)
    this.#gauge('nodejs_external_memory_bytes', () => source.memory.external)
    this.#gauge('nodejs_heap_size_limit_bytes', () => getHeapStatistics().heap_size_limit)
    this.#gauge('nodejs_eventloop_utilization_ratio', () => this.#loop.utilization)
  }

  #showProcess(source: MemorySource): void {
    const began = startTimeSeconds()
    this.#gauge('process_start_time_seconds', () => began)
    this.#gauge('process_resident_memory_bytes', () => source.memory.rss)
    this.#gauge('process_open_fds', () => this.#openFiles)
    this.#gauge('process_max_fds', () => this.#maxFiles)
    const cpu = this.#store.counterFamily(catalogueEntry('process_cpu_seconds_total')).bind({}).cell
    cpu.pull(cpuSeconds, this.#store.collectFailed)
  }

  async #readFiles(): Promise<void> {
    await this.#countFiles()
    this.#maxFiles = await readMaxFiles()
  }

  async #countFiles(): Promise<void> {
    this.#openFiles = await countOpenFiles()
  }

  #gauge(name: string, read: () => number | undefined, labels: Labels = {}): void {
    this.#store.gaugeFamily(catalogueEntry(name)).bind(labels).cell.pull(read)
  }
}
