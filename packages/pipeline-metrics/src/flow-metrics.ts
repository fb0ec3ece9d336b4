import { isDeepStrictEqual } from 'node:util'
import { BatchFlowError, type FlowObserver, type FlowStats } from '@batchflow/core'
import { backendOf } from './backend.ts'
import { lastSuccessTimestampSeconds } from './catalogue/batches.ts'
import { buildInfo } from './catalogue/exporter.ts'
import { checkReporter } from './check.ts'
import type { FlowEvent } from './flow-event.ts'
import { checkedFlowOptions, type FlowMetricsOptions } from './flow-options.ts'
import { FlowRecorder } from './flow-recorder.ts'
import { readingsOf } from './flow-readings.ts'
import { lastDrainOf } from './last-drain.ts'
import type { MetricsReporter } from './metrics-reporter.ts'
import { noopReporter } from './noop-reporter.ts'
import { oncePerTurn } from './once-per-turn.ts'
import { packageVersion } from './package-version.ts'
import { RefusedFlows } from './refused-flows.ts'
import { registerAll } from './register-all.ts'

/** An observer that turns a flow's events into the metrics of the catalogue. One observer serves one flow at a time.
 *
 * Gauges vanish when the flow is closed, except `batchflow_shutdown_drain_seconds`, which says how the closing went;
 * counters and histograms keep their last values. `batchflow_last_success_timestamp_seconds` is 0 before the first
 * success.
 *
 * @example
 * ```ts
 * const metrics = createPrometheusReporter()
 * const flow = createBatchFlow({
 *   driver,
 *   onDeadLetter,
 *   observers: [flowMetrics(metrics, { database: 'postgres', instanceId: 'signup' })],
 * })
 * ```
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when the reporter or an option breaks its rule. The observer throws
 * the same code when it is given a second flow while its first is open, and so does `createBatchFlow` then; the first
 * flow's metrics stay as they are. */
export function flowMetrics(reporter: MetricsReporter, options: FlowMetricsOptions = {}): FlowObserver {
  checkReporter('reporter', reporter)
  const { database, instanceId, revision, labels: extraLabels, ...details } = checkedFlowOptions(options)
  // No methods: the engine then has nobody to tell, and builds no events.
  if (reporter === noopReporter) return {}

  let recorder: FlowRecorder | undefined
  let close: ((event: FlowEvent<'flowClosed'>) => void) | undefined
  const refused = new RefusedFlows()
  // An event that may be another flow's is not counted. What is read from the flow itself, as its ledger, stays right.
  const told = () => (refused.inUse ? undefined : recorder)

  return {
    flowOpened(flow) {
      if (close !== undefined) {
        refused.add(() => flow.stats())
        throw new BatchFlowError(
          'BATCHFLOW_INVALID_OPTION',
          'observers must not share one flowMetrics() between flows, got one that observes an open flow',
        )
      }
      const labels = { ...extraLabels, database: database ?? flow.driver, instance_id: instanceId }
      const stats = oncePerTurn(() => flow.stats())
      const opened = new FlowRecorder(reporter, { ...details, labels, backend: backendOf(flow.driver) })
      const drain = lastDrainOf(reporter, labels)
      const { node } = process.versions
      const registered = registerAll(reporter, [
        ...readingsOf(labels, () => stats.read()),
        [lastSuccessTimestampSeconds, labels, () => opened.lastSuccessMs / 1000],
        [buildInfo, { version: packageVersion, revision, node_version: node }, () => 1],
      ])
      // Registering looked at the flow; the first collection is to see it as it is then.
      stats.forget()
      recorder = opened
      close = (event) => {
        if (!refused.none && !isEndOf(flow.stats(), event)) return
        close = undefined
        drain.seconds = event.durationMs / 1000
        // Counters are read a last time now, and a reading from earlier in this turn would leave rows out.
        stats.forget()
        registered[Symbol.dispose]()
      }
    },
    flowClosed: (event) => close?.(event),
    batchFlushed: (event) => told()?.batchFlushed(event),
    batchPrepared: (event) => told()?.batchPrepared(event),
    attemptFailed: (event) => told()?.attemptFailed(event),
    batchSettled: (event) => told()?.batchSettled(event),
    rowsDeadLettered: (event) => told()?.rowsDeadLettered(event),
    rowsDropped: (event) => told()?.rowsDropped(event),
    submitRejected: (event) => told()?.submitRejected(event),
  }
}

/** Whether a flow with these statistics is the one that was closed: its ledger does not move any more. */
function isEndOf(stats: FlowStats, closed: FlowEvent<'flowClosed'>): boolean {
  return stats.state === 'closed' && isDeepStrictEqual(stats.ledger, closed.ledger)
}
