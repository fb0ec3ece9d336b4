import { createPipeline, type Pipeline } from '@batchflow/core'
import { type MetricsReporter, pipelineMetrics } from '@batchflow/pipeline-metrics'

/** What is uploaded. */
export interface PageView {
  readonly path: string
  readonly count: number
}

/** A bare pipeline: items that are not rows, for a sink that is not a database, watched like a flow. Views of one path that
 * meet in a batch become one.
 *
 * @example
 * ```ts
 * await using views = uploadPipeline(metrics, async (batch) => await post('/views', batch))
 * await views.submit({ path: '/', count: 1 })
 * ``` */
export function uploadPipeline(
  reporter: MetricsReporter,
  upload: (views: readonly PageView[], signal: AbortSignal) => Promise<void>,
): Pipeline<PageView> {
  return createPipeline<PageView>({
    name: 'uploads',
    flush: async (views, { signal }) => await upload(views, signal),
    onDeadLetter: ({ items, error }) =>
      console.error(`${items.length} views were not uploaded: ${error.message}`),
    key: (view) => view.path,
    coalesce: (earlier, later) => ({ path: later.path, count: earlier.count + later.count }),
    observers: [pipelineMetrics(reporter, { instanceId: 'page-views' })],
  })
}
