import { createBatchFlow, type Clock, type FlowObserver } from '@batchflow/core'
import type { CreateFlow, ModelRow } from '@batchflow/testkit/simulator'
import { around, withFlow, withLetters, withTargets, withWrite } from './decorators.ts'

/** An engine with one fault. */
export interface BrokenEngine {
  readonly name: string
  /** The claims that it has to be found out by. */
  readonly breaks: readonly string[]
  readonly createFlow: CreateFlow
}

/** Engines that are broken on purpose, each in one way, by what stands around the real one. */
export const brokenEngines: readonly BrokenEngine[] = [
  {
    name: 'drop on ambiguous',
    breaks: [
      'rows that count as written are committed',
      'a row whose caller hears "written" is committed',
      'flush resolves when what was accepted before it is settled',
    ],
    createFlow: withWrite(async (batch, context, write) => {
      try {
        return await write(batch, context)
      } catch (error) {
        if (isAmbiguous(error)) return undefined
        throw error
      }
    }),
  },
  {
    name: 'double on retry',
    breaks: ['a row is written once where no answer was lost'],
    createFlow: withWrite(async (batch, context, write) => {
      const answer = await write(batch, context)
      if (context.attempt > 1) await write(batch, context)
      return answer
    }),
  },
  {
    name: 'reorder of one key',
    breaks: ['a key is in one batch at a time', 'rows with one key are written in the order of submission'],
    createFlow: withTargets((semantics) => {
      const { key: _, ...others } = semantics
      return others
    }),
  },
  {
    name: 'lost waiter',
    breaks: ['a submit that was admitted resolves'],
    createFlow: withFlow((flow) => ({
      submit: async (...args) => {
        const { waitingSubmits } = flow.stats()
        const submitted = flow.submit(...args)
        if (flow.stats().waitingSubmits > waitingSubmits) {
          await submitted
          await new Promise(() => {})
        }
        return await submitted
      },
    })),
  },
  {
    name: 'leak of a slot',
    breaks: ['a close with time enough writes what is there'],
    createFlow: (options, environment) => {
      const clock = environment.clock as Clock
      const { timeoutMs = 0 } = options
      // The deadline of an attempt is lost, so one that is never answered keeps its slot for ever. Shorter deadlines than
      // these are other timers' times too.
      const isDeadline = (ms: number) => ms === timeoutMs && [50, 500].includes(ms)
      return createBatchFlow(options, {
        ...environment,
        clock: {
          now: () => clock.now(),
          setTimeout: (run, ms) => clock.setTimeout(run, isDeadline(ms) ? 10_000_000 : ms),
        },
      })
    },
  },
  {
    name: 'close that forgets what is in flight',
    breaks: ['close waits for everything in flight'],
    createFlow: withFlow((flow) => ({
      close: async (options) => {
        const closing = flow.close(options)
        closing.catch(() => {})
        const { ledger, inFlightBatches } = flow.stats()
        return inFlightBatches > 0 ? { written: ledger.written, failed: ledger.deadLettered } : await closing
      },
    })),
  },
  {
    name: 'timer per row',
    breaks: [
      'a timer belongs to attempts, a pause, a lane or the close, and none to a flow with nothing to write',
    ],
    createFlow: (options, environment) => {
      const flow = createBatchFlow(options, environment)
      const clock = environment.clock as Clock
      return around(flow, {
        trySubmit: (...args) => {
          const taken = flow.trySubmit(...args)
          if (taken) clock.setTimeout(() => {}, 100)
          return taken
        },
      })
    },
  },
  {
    name: 'merge of NULL keys',
    breaks: [
      'a row whose caller hears "coalesced" has a committed row in its place',
      'an accepted row is not lost',
      'flush resolves when what was accepted before it is settled',
    ],
    createFlow: withTargets((semantics) => {
      const { key } = semantics
      return key === undefined ? semantics : { ...semantics, key: (row) => key(row) ?? 'null' }
    }),
  },
  {
    name: 'merge of what cannot be merged',
    breaks: ['an accepted row is not lost', 'flush resolves when what was accepted before it is settled'],
    createFlow: withTargets((semantics) => ({
      ...semantics,
      ...(semantics.key === undefined ? {} : { coalesce: (_: ModelRow, later: ModelRow) => later }),
    })),
  },
  {
    name: 'no copy at submit',
    breaks: ['a row changed after submit is written as it was'],
    createFlow: withTargets((semantics) => ({ ...semantics, snapshot: (row) => row })),
  },
  {
    name: 'no bound on rows',
    breaks: ['rows that are not settled are at most bufferSize'],
    createFlow: (options, environment) => createBatchFlow({ ...options, bufferSize: 1_000 }, environment),
  },
  {
    name: 'no bound on bytes',
    breaks: ['bytes that are not settled are at most bufferBytes'],
    createFlow: (options, environment) =>
      createBatchFlow({ ...options, bufferBytes: 1_000_000 }, environment),
  },
  {
    name: 'no limit on concurrency',
    breaks: ['at most concurrencyLimit batches are written at once'],
    createFlow: (options, environment) => createBatchFlow({ ...options, concurrencyLimit: 64 }, environment),
  },
  {
    name: 'no deadline for close',
    breaks: ['close settles within its deadline'],
    createFlow: withFlow((flow) => ({
      close: async () => await flow.close({ timeoutMs: 10_000_000 }),
    })),
  },
  {
    name: 'a submit that cannot be aborted',
    breaks: ['an aborted submit that waits is rejected'],
    createFlow: withFlow((flow) => ({
      submit: async (target, row) => await flow.submit(target, row),
    })),
  },
  {
    name: 'a letter that failed counts as taken',
    breaks: ['rows that count as dead-lettered were taken by the handler'],
    createFlow: withLetters(async (letter, write) => {
      await write(letter).catch(() => {})
    }),
  },
  {
    name: 'letters are thrown away',
    breaks: ['rows that count as dead-lettered were taken by the handler'],
    createFlow: withLetters(async () => {}),
  },
  {
    name: 'flush does not wait',
    breaks: ['flush resolves when what was accepted before it is settled'],
    createFlow: withFlow(() => ({ flush: async () => ({ written: 0, failed: 0 }) })),
  },
  {
    name: 'a bad row takes its batch with it',
    breaks: ['one bad row does not take its batch with it'],
    createFlow: withWrite(async (batch, context, write) => {
      try {
        return await write(batch, context)
      } catch (error) {
        const failure = failureOf(error)
        if (failure?.kind !== 'poison') throw error
        return batch.rows.map(() => ({ outcome: 'failed' as const, failure }))
      }
    }),
  },
  {
    name: 'per-row outcomes in another order',
    breaks: ['a caller hears what the database returned for its own row'],
    createFlow: withWrite(async (batch, context, write) => {
      const outcomes = await write(batch, context)
      return outcomes === undefined ? undefined : [...outcomes].reverse()
    }),
  },
  {
    name: 'drops where it should wait',
    breaks: ['rows are dropped where a policy says so', 'every drop is counted'],
    createFlow: (options, environment) =>
      createBatchFlow(
        { ...options, overflow: options.overflow === 'wait' ? 'dropNewest' : (options.overflow ?? 'wait') },
        environment,
      ),
  },
  {
    name: 'drops in silence',
    breaks: ['what observers are told adds up to the ledger', 'observers hear of every drop'],
    createFlow: (options, environment) =>
      createBatchFlow(
        {
          ...options,
          observers: (options.observers ?? []).map((observer) => ({ ...observer, rowsDropped: () => {} })),
        },
        environment,
      ),
  },
  {
    name: 'a breaker that bad rows open',
    breaks: ['only what the database cannot do opens the breaker'],
    createFlow: (options, environment) => {
      const flow = createBatchFlow(options, environment)
      return around(flow, {
        trySubmit: (...args) => {
          const failure = { kind: 'poison', reason: 'constraint' } as const
          for (const observer of politeOf(options))
            observer.breakerChanged?.({ state: 'open', failure, openMs: 1 })
          return flow.trySubmit(...args)
        },
      })
    },
  },
  {
    name: 'a breaker that is open and lets batches through',
    breaks: ['while the breaker is open nothing is tried that failed'],
    createFlow: (options, environment) => {
      const flow = createBatchFlow({ ...options, breaker: false }, environment)
      const { breaker } = options
      if (breaker === false || breaker === undefined) return flow
      // It says that it is open from the first failure on, and goes on.
      let state: 'open' | 'closed' = 'closed'
      const tell = () => {
        if (state === 'open') return
        state = 'open'
        const failure = { kind: 'transient', reason: 'deadlock' } as const
        for (const observer of politeOf(options)) observer.breakerChanged?.({ state, failure, openMs: 1 })
      }
      const { driver } = options
      const { classify } = driver
      Object.assign(driver, {
        classify: (error: unknown) => {
          tell()
          return classify(error)
        },
      })
      return around(flow, { stats: () => ({ ...flow.stats(), breaker: state }) })
    },
  },
  {
    name: 'pressure that is never told of',
    breaks: ['there is pressure when the buffer is nearly full, and none when it is empty'],
    createFlow: withFlow((flow) => ({ stats: () => ({ ...flow.stats(), pressure: 'normal' }) })),
  },
  {
    name: 'observers hear things twice',
    breaks: ['what observers are told adds up to the ledger'],
    createFlow: (options, environment) =>
      createBatchFlow(
        { ...options, observers: (options.observers ?? []).flatMap((observer) => [observer, observer]) },
        environment,
      ),
  },
]

/** The observers that do not throw: those that count. */
function politeOf({ observers = [] }: Parameters<CreateFlow>[0]): readonly FlowObserver[] {
  return observers.filter(({ flowOpened }) => flowOpened === undefined)
}

function failureOf(error: unknown): { kind: 'poison' | 'ambiguous'; reason: 'constraint' } | undefined {
  return typeof error === 'object' && error !== null && 'failure' in error
    ? (error.failure as { kind: 'poison' | 'ambiguous'; reason: 'constraint' })
    : undefined
}

function isAmbiguous(error: unknown): boolean {
  return failureOf(error)?.kind === 'ambiguous'
}
