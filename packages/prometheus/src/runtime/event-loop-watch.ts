import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { BoundHistogram } from '@batchflow/pipeline-metrics'

/** How often the delay is looked at, in milliseconds. Looking more often costs processor time; the timer's own interval
 * is in every value and is taken off. */
const resolutionMs = 20

/** Watches the delay and the utilisation of this thread's event loop, between two samples.
 *
 * A monitor of Node sees nothing of the first interval after it was started or reset, and whatever blocks the loop is
 * likely to come with other timers. So at a sample the next monitor is started first and runs beside the old one for
 * three intervals: a delay in that time may count twice, and is never lost. */
export class EventLoopWatch {
  readonly #histogram: BoundHistogram
  readonly #running = new Set<IntervalHistogram>()
  #utilization = performance.eventLoopUtilization()
  #lastUtilization = 0

  /** @param histogram takes the delays, in seconds */
  constructor(histogram: BoundHistogram) {
    this.#histogram = histogram
  }

  /** Share of the time between the last two samples that the loop was busy, from 0 to 1. */
  get utilization(): number {
    return this.#lastUtilization
  }

  /** Takes over what was measured since the last sample. */
  sample(): void {
    const now = performance.eventLoopUtilization()
    this.#lastUtilization = performance.eventLoopUtilization(now, this.#utilization).utilization
    this.#utilization = now
    const old = [...this.#running]
    this.start()
    setTimeout(() => old.forEach((monitor) => this.#take(monitor)), 3 * resolutionMs).unref()
  }

  /** Starts a monitor, beside those that run. */
  start(): void {
    const monitor = monitorEventLoopDelay({ resolution: resolutionMs })
    monitor.enable()
    this.#running.add(monitor)
  }

  /** Ends all monitors, and forgets what they have not told. */
  stop(): void {
    for (const monitor of this.#running) monitor.disable()
    this.#running.clear()
  }

  /** Node's histogram has no buckets to be read; its percentiles come in steps that halve what is left, with the number
   * of values in each step. */
  #take(monitor: IntervalHistogram): void {
    if (!this.#running.delete(monitor)) return
    monitor.disable()
    const { count, percentiles } = monitor
    let taken = 0
    for (const [percentile, nanoseconds] of percentiles) {
      const upTo = Math.round((percentile / 100) * count)
      const seconds = Math.max(0, nanoseconds / 1e9 - resolutionMs / 1e3)
      this.#histogram.record(seconds, upTo - taken)
      taken = Math.max(taken, upTo)
    }
  }
}
