import type { Driver, WriteContext } from '../driver/driver.ts'
import type { RowOutcome } from '../driver/failure.ts'
import { rowSemantics, type Target } from '../driver/target.ts'
import type { Environment } from '../engine/clock.ts'
import type { FlowStats } from '../engine/ledger.ts'
import type { BatchFlow, Settled, SubmitOptions } from '../flow/batch-flow.ts'
import { createBatchFlow } from '../flow/create-batch-flow.ts'
import { checkOptions, sharedOptions } from './check-options.ts'
import { itemSemantics } from './item-semantics.ts'
import type { FlushContext, PipelineOptions, PipelineRetuneOptions } from './options.ts'
import type { Pipeline, SettledItem } from './pipeline.ts'

/** Creates a pipeline: the engine of a flow for items of any type and a function in the place of a database.
 *
 * @example
 * ```ts
 * await using pages = createPipeline({
 *   flush: async (views: readonly PageView[], { signal }) => await post('/views', views, signal),
 *   onDeadLetter: ({ items, error }) => log.error({ views: items.length }, error.message),
 *   key: (view) => view.path,
 *   coalesce: (earlier, later) => ({ ...later, count: earlier.count + later.count }),
 * })
 * await pages.submit({ path: '/', count: 1 })
 * ```
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`, with option, rule and value. */
export function createPipeline<Item>(
  options: PipelineOptions<Item>,
  environment: Environment = {},
): Pipeline<Item> {
  checkOptions(options)
  const { name = 'pipeline', flush, onDeadLetter } = options
  const target: Target<Item> = { name, [rowSemantics]: itemSemantics(name, options) }
  const driver: Driver<Target<Item>> = {
    name,
    // A function can take items with one key in one batch, in their order.
    capabilities: { repeatedKeys: true },
    write: async ({ id, rows }, context) => {
      const answer: unknown = await flush(rows, new BatchContext(id, context))
      // Functions answer all sorts of things where nobody asks; only a list can be meant as outcomes.
      return Array.isArray(answer) ? (answer as readonly RowOutcome[]) : undefined
    },
    classify: () => undefined,
  }
  const flow = createBatchFlow<Target<Item>>(
    {
      ...sharedOptions(options),
      driver,
      onDeadLetter: async ({ rows, error, isolated }) => await onDeadLetter({ items: rows, error, isolated }),
    },
    environment,
  )
  return new OneLane(flow, target)
}

/** The context of a write, and the id of its batch. */
class BatchContext implements FlushContext {
  readonly batchId: string
  readonly attempt: number
  readonly timeoutMs?: number
  readonly #context: WriteContext

  constructor(batchId: string, context: WriteContext) {
    this.batchId = batchId
    this.attempt = context.attempt
    if (context.timeoutMs !== undefined) this.timeoutMs = context.timeoutMs
    this.#context = context
  }

  /** Made when it is asked for. */
  get signal(): AbortSignal {
    return this.#context.signal
  }
}

/** A flow with one target, which need not be named in every call. */
class OneLane<Item> implements Pipeline<Item> {
  readonly #flow: BatchFlow<Target<Item>>
  readonly #target: Target<Item>

  constructor(flow: BatchFlow<Target<Item>>, target: Target<Item>) {
    this.#flow = flow
    this.#target = target
  }

  submit(item: Item, options?: SubmitOptions): Promise<void> {
    return this.#flow.submit(this.#target, item, options)
  }

  trySubmit(item: Item): boolean {
    return this.#flow.trySubmit(this.#target, item)
  }

  submitAndSettle(item: Item, options?: SubmitOptions): Promise<SettledItem> {
    return this.#flow.submitAndSettle(this.#target, item, options)
  }

  flush(options: SubmitOptions = {}): Promise<Settled> {
    return this.#flow.flush(options)
  }

  retune(options: PipelineRetuneOptions): void {
    this.#flow.retune(options)
  }

  resume(): void {
    this.#flow.resume(this.#target)
  }

  stats(): FlowStats {
    return this.#flow.stats()
  }

  close(options?: { readonly timeoutMs?: number }): Promise<Settled> {
    return this.#flow.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
