import type { FlowObserver } from '@batchflow/core'
import { checkOptions } from './check.ts'
import { flowMetrics } from './flow-metrics.ts'
import type { FlowMetricsOptions } from './flow-options.ts'
import { GoPipelineRecorder } from './go-pipeline-recorder.ts'
import type { MetricsReporter } from './metrics-reporter.ts'
import { noopReporter } from './noop-reporter.ts'

/** Options of {@link pipelineMetrics}: those of `flowMetrics` that concern a pipeline. */
export type PipelineMetricsOptions = Pick<
  FlowMetricsOptions,
  'database' | 'instanceId' | 'revision' | 'labels' | 'exemplar'
>

/** An observer for a bare `createPipeline`: everything that `flowMetrics` feeds, and the `gopipeline_…` families of the
 * guides' pipeline beside it, which have no labels and count all pipelines of the process. One observer serves one
 * pipeline at a time.
 *
 * @example
 * ```ts
 * const pipeline = createPipeline<Event>({
 *   flush: async (events) => await upload(events),
 *   onDeadLetter,
 *   observers: [pipelineMetrics(metrics, { instanceId: 'uploads' })],
 * })
 * ```
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when the reporter or an option breaks its rule */
export function pipelineMetrics(
  reporter: MetricsReporter,
  options: PipelineMetricsOptions = {},
): FlowObserver {
  checkOptions(options, ['database', 'instanceId', 'revision', 'labels', 'exemplar'])
  const flow = flowMetrics(reporter, options)
  if (reporter === noopReporter) return flow

  let recorder: GoPipelineRecorder | undefined
  return {
    ...flow,
    flowOpened(opened) {
      flow.flowOpened?.(opened)
      recorder = new GoPipelineRecorder(reporter)
    },
    flowClosed(event) {
      flow.flowClosed?.(event)
      recorder?.flowClosed(event)
      recorder = undefined
    },
    batchFlushed(event) {
      flow.batchFlushed?.(event)
      recorder?.batchFlushed(event)
    },
    attemptFailed(event) {
      flow.attemptFailed?.(event)
      recorder?.attemptFailed()
    },
    batchSettled(event) {
      flow.batchSettled?.(event)
      recorder?.batchSettled(event)
    },
  }
}
