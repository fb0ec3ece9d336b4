import { monitorEventLoopDelay } from 'node:perf_hooks'

/** What one run of one case cost, in a process of its own. */
export interface Measurement {
  readonly rows: number
  readonly rowsPerSecond: number
  readonly cpuSeconds: number
  readonly peakRssBytes: number
  /** 99th percentile of the event-loop delay while the case ran, in milliseconds. */
  readonly eventLoopDelayP99Ms: number
  /** Ours / baseline, where one process runs both. */
  readonly ratio?: number
}

/** The timer behind the histogram of delays ticks this often; an idle loop shows it as delay. */
const resolutionMs = 1

/** Runs a case once and measures from the first row to the last commit. */
export async function measure(rows: number, load: () => Promise<void>): Promise<Measurement> {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  const cpu = process.cpuUsage()
  delay.enable()
  const began = performance.now()
  await load()
  const seconds = (performance.now() - began) / 1_000
  // A loop that never yields is seen by the histogram only at its next tick.
  await new Promise((resolve) => setTimeout(resolve, 2 * resolutionMs))
  delay.disable()
  const { user, system } = process.cpuUsage(cpu)
  return {
    rows,
    rowsPerSecond: rows / seconds,
    cpuSeconds: (user + system) / 1e6,
    peakRssBytes: process.resourceUsage().maxRSS * 1_024,
    eventLoopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs),
  }
}
