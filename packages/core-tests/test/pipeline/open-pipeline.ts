import {
  createPipeline,
  type FlowObserver,
  type ItemLetter,
  type Pipeline,
  type PipelineOptions,
} from '@batchflow/core'
import { ManualClock } from '@batchflow/testkit'
import { afterEach, expect } from '@jest/globals'

/** A call of a pipeline's `flush`, in the hands of the test. */
export interface Flushed<Item> {
  readonly items: readonly Item[]
  readonly signal: AbortSignal
  readonly done: () => void
  readonly fail: (error: unknown) => void
}

export interface OpenPipeline<Item> {
  readonly pipeline: Pipeline<Item>
  readonly clock: ManualClock
  /** Every call of `flush`, in order. */
  readonly flushes: Flushed<Item>[]
  /** Those that the test has not answered. */
  readonly held: Set<Flushed<Item>>
  readonly letters: ItemLetter<Item>[]
  readonly events: { readonly name: keyof FlowObserver; readonly details: Record<string, unknown> }[]
}

const opened: Pick<OpenPipeline<unknown>, 'pipeline' | 'clock'>[] = []

/** A pipeline on a manual clock, closed and checked after the test. Without a `flush` of its own the test answers. */
export function openPipeline<Item>(options: Partial<PipelineOptions<Item>> = {}): OpenPipeline<Item> {
  const clock = new ManualClock()
  const flushes: Flushed<Item>[] = []
  const held = new Set<Flushed<Item>>()
  const letters: ItemLetter<Item>[] = []
  const events: OpenPipeline<Item>['events'] = []
  const flush = (items: readonly Item[], { signal }: { readonly signal: AbortSignal }) =>
    new Promise<void>((resolve, reject) => {
      const flushed = {
        items,
        signal,
        done: () => {
          held.delete(flushed)
          resolve()
        },
        fail: (error: unknown) => {
          held.delete(flushed)
          reject(error)
        },
      }
      flushes.push(flushed)
      held.add(flushed)
    })
  const pipeline = createPipeline<Item>(
    {
      flush,
      onDeadLetter: (letter) => void letters.push(letter),
      observers: [observer(events)],
      ...options,
    },
    { clock, random: () => 0.5 },
  )
  opened.push({ pipeline, clock })
  return { pipeline, clock, flushes, held, letters, events }
}

function observer(events: OpenPipeline<unknown>['events']): FlowObserver {
  const names = [
    'flowOpened',
    'batchFlushed',
    'batchSettled',
    'attemptFailed',
    'rowsDeadLettered',
    'rowsDropped',
    'submitRejected',
    'flowClosed',
  ] as const
  return Object.fromEntries(
    names.map((name) => [name, (details: object) => void events.push({ name, details: { ...details } })]),
  )
}

afterEach(async () => {
  for (const { pipeline, clock } of opened.splice(0)) {
    const closing = pipeline.close({ timeoutMs: 0 }).catch(() => {})
    await clock.advance(0)
    await closing
    expect(clock.timers).toBe(0)
    const { ledger, state } = pipeline.stats()
    const { submitted, written, coalesced, deadLettered, dropped, returned } = ledger
    expect(state).toBe('closed')
    expect(written + coalesced + deadLettered + dropped + returned).toBe(submitted)
  }
})
