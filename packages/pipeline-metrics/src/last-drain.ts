import { shutdownDrainSeconds } from './catalogue/flushes.ts'
import type { FlowLabels } from './flow-labels.ts'
import type { MetricsReporter } from './metrics-reporter.ts'

interface LastDrain {
  seconds: number
}

const drains = new WeakMap<MetricsReporter, Map<string, LastDrain>>()

/** How long the last drain of a flow of this identity took. The one gauge that stays when its flow is gone, because
 * it has a value only from then on; a flow that takes the identity over, as in a reload, goes on with the same one.
 * Zero until a drain ends. */
export function lastDrainOf(reporter: MetricsReporter, labels: FlowLabels): LastDrain {
  const known = drains.get(reporter) ?? new Map<string, LastDrain>()
  drains.set(reporter, known)
  const identity = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const before = known.get(identity)
  if (before !== undefined) return before
  const drain = { seconds: 0 }
  reporter.gauge(shutdownDrainSeconds, labels, () => drain.seconds)
  known.set(identity, drain)
  return drain
}
