import { createPipeline, type Batch, type Target } from '@batchflow/core'
import { merged, type ModelLane } from './model-lane.ts'
import type { ModelRow } from './model-row.ts'
import type { CreateFlow } from './world.ts'

/** A pipeline, called as if it were a flow with one target, so that the same steps and claims are for both. */
export function pipelineAsFlow({ target, kind, keyed }: ModelLane): CreateFlow {
  return (options, environment) => {
    const { driver, onDeadLetter, deadLetters: _, targets: __, maxLaneRows: ___, ...others } = options
    const pipeline = createPipeline<ModelRow>(
      {
        ...others,
        name: target.name,
        flush: async (rows, context) => {
          const batch: Batch<Target<ModelRow>> = { id: context.batchId, target, rows }
          return await driver.write(batch, context)
        },
        classify: (error) => driver.classify(error),
        onDeadLetter: async ({ items, error, isolated }) =>
          await onDeadLetter?.({ target, rows: items, error, isolated }),
        sizeOf: (row) => row.bytes,
        ...(keyed ? { key: (row) => row.key ?? undefined } : {}),
        ...(kind === 'first' || kind === 'last' ? { coalesce: kind } : {}),
        ...(kind === 'merge' ? { coalesce: merged } : {}),
      },
      environment,
    )
    return {
      submit: async (_target, row, submitOptions) => await pipeline.submit(row, submitOptions),
      trySubmit: (_target, row) => pipeline.trySubmit(row),
      submitAndSettle: async (_target, row, submitOptions) =>
        await pipeline.submitAndSettle(row, submitOptions),
      flush: async ({ target: _target, ...flushOptions } = {}) => await pipeline.flush(flushOptions),
      retune: (limits) => pipeline.retune(limits),
      resume: () => pipeline.resume(),
      stats: () => pipeline.stats(),
      close: (closeOptions) => pipeline.close(closeOptions),
      [Symbol.asyncDispose]: async () => await pipeline.close().then(() => {}),
    }
  }
}
