import { createPipeline, type Pipeline } from '@batchflow/core'

interface View {
  readonly path: string
  readonly count: number
}

// The item type comes from `flush`, and everything else follows it.
const views = createPipeline({
  flush: async (items: readonly View[], { batchId, attempt, signal }) => {
    const words: [string, number, AbortSignal] = [batchId, attempt, signal]
    await Promise.resolve([items[0]?.path, words])
  },
  onDeadLetter: ({ items, error }) => void [items[0]?.count.toFixed(), error.failure.reason],
  key: (view) => view.path,
  coalesce: (earlier, later) => ({ ...later, count: earlier.count + later.count }),
  sizeOf: (view) => view.path.length,
})
const typed: Pipeline<View> = views
await typed.submit({ path: '/', count: 1 })
typed.retune({ flushSize: 1, flushIntervalMs: 10, concurrencyLimit: 2 })

// @ts-expect-error another shape
await views.submit({ path: 1 })
// @ts-expect-error buffers cannot be changed while it runs
views.retune({ bufferSize: 1 })
// @ts-expect-error failures have to go somewhere
createPipeline({ flush: async (_items: readonly View[]) => {} })
// @ts-expect-error a key is a text or a number
createPipeline({ flush: async (_items: readonly View[]) => {}, onDeadLetter: () => {}, key: (view) => view })
// @ts-expect-error no such policy
createPipeline({ flush: async (_items: readonly View[]) => {}, onDeadLetter: () => {}, coalesce: 'newest' })
// @ts-expect-error an answer that is neither nothing nor outcomes
createPipeline({ flush: async (_items: readonly View[]) => ({ rowCount: 1 }), onDeadLetter: () => {} })

// In whatever order they stand.
const ordered = createPipeline({
  onDeadLetter: () => {},
  flush: async (items: readonly View[]) => await Promise.resolve(void items[0]?.path),
  key: (view) => view.path,
  coalesce: 'last',
})
await ordered.submit({ path: '/', count: 1 })
