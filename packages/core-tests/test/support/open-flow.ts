import {
  createBatchFlow,
  rowSemantics,
  type BatchFlow,
  type BatchFlowOptions,
  type DeadLetter,
  type FlowObserver,
  type RowKey,
  type Target,
} from '@batchflow/core'
import { ManualClock, MemoryDriver, type MemoryDriverOptions } from '@batchflow/testkit'
import { afterEach, expect } from '@jest/globals'

export interface Item {
  readonly id: number
  readonly text?: string
}

export interface OpenFlow {
  readonly flow: BatchFlow<Target<Item>>
  readonly driver: MemoryDriver
  readonly clock: ManualClock
  readonly letters: DeadLetter<Target<Item>>[]
  /** Names and details of what observers were told, in order. */
  readonly events: { readonly name: keyof FlowObserver; readonly details: Record<string, unknown> }[]
}

export type FlowOptions = Partial<Omit<BatchFlowOptions<Target<Item>>, 'driver' | 'deadLetters'>> & {
  readonly random?: () => number
}

const opened: OpenFlow[] = []

/** A flow over a memory driver on a manual clock, closed and checked after the test. */
export function openFlow(options: FlowOptions = {}, driverOptions: MemoryDriverOptions = {}): OpenFlow {
  const clock = new ManualClock()
  const driver = new MemoryDriver(driverOptions)
  const letters: DeadLetter<Target<Item>>[] = []
  const events: OpenFlow['events'] = []
  const note =
    (name: keyof FlowObserver) =>
    (details: object): void =>
      void events.push({ name, details: { ...details } })
  const observer: FlowObserver = {
    batchFlushed: note('batchFlushed'),
    batchPrepared: note('batchPrepared'),
    attemptFailed: note('attemptFailed'),
    batchSettled: note('batchSettled'),
    rowsDeadLettered: note('rowsDeadLettered'),
    rowsDropped: note('rowsDropped'),
    submitRejected: note('submitRejected'),
    pressureChanged: note('pressureChanged'),
    concurrencyChanged: note('concurrencyChanged'),
    breakerChanged: note('breakerChanged'),
    flowClosed: note('flowClosed'),
  }
  const { random = () => 0.5, observers = [], ...rest } = options
  const flow = createBatchFlow<Target<Item>>(
    {
      onDeadLetter: (letter) => void letters.push(letter),
      ...rest,
      driver,
      observers: [observer, ...observers],
    },
    { clock, random },
  )
  const open = { flow, driver, clock, letters, events }
  opened.push(open)
  return open
}

export const items: Target<Item> = { name: 'items' }
export const others: Target<Item> = { name: 'others' }

/** A target whose rows are keyed by `id`, joined by `coalesce` or not at all. */
export function keyed(name: string, coalesce?: (earlier: Item, later: Item) => Item): Target<Item> {
  return {
    name,
    [rowSemantics]: {
      definition: `${name} by id`,
      snapshot: (row: Item) => ({ ...row }),
      bytesOf: () => 32,
      key: (row: Item): RowKey => row.id,
      ...(coalesce === undefined ? {} : { coalesce }),
    },
  }
}

/** A target whose rows take as many bytes as their text has characters. */
export function sized(name: string): Target<Item> {
  return {
    name,
    [rowSemantics]: {
      definition: `${name} sized`,
      snapshot: (row: Item) => ({ ...row }),
      bytesOf: (row: Item) => row.text?.length ?? 1,
    },
  }
}

export function idsOf(rows: readonly unknown[]): number[] {
  return rows.map((row) => (row as Item).id)
}

export function named(open: OpenFlow, name: keyof FlowObserver): Record<string, unknown>[] {
  return open.events.filter((event) => event.name === name).map((event) => event.details)
}

/** The left and the right side of the ledger are equal. */
export function expectBalance({ flow }: Pick<OpenFlow, 'flow'>): void {
  const { submitted, written, coalesced, deadLettered, dropped, returned, pending } = flow.stats().ledger
  expect(written + coalesced + deadLettered + dropped + returned + pending).toBe(submitted)
}

afterEach(async () => {
  for (const { flow, clock } of opened.splice(0)) {
    const closing = flow.close({ timeoutMs: 0 }).catch(() => {})
    await clock.advance(0)
    await closing
    expect(clock.timers).toBe(0)
    expect(flow.stats()).toMatchObject({ state: 'closed', ledger: { pending: 0 }, retryingBatches: 0 })
    expectBalance({ flow })
  }
})
