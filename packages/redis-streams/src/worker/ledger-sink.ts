import {
  type BatchFlow,
  createBatchFlow,
  BatchFlowError,
  type Driver,
  rowSemantics,
  type RowSemantics,
  type Target,
} from '@batchflow/core'
import type { Row } from '../entry/row.ts'
import type { Connection } from '../store/connection.ts'
import type { Entry } from './entry.ts'
import { LedgerDriver, type LedgerLane } from './ledger-driver.ts'
import type { ResolvedLedger } from './options.ts'
import { compareIds, entryOf, placeOf, sourceOf, spanOf, StreamRow } from './position.ts'
import type { ShardSink, SinkHooks } from './sink.ts'

/** What a ledger sink needs beside the ledger. */
export interface LedgerSinkParts {
  readonly shard: number
  /** The key of the shard's entries. */
  readonly stream: string
  /** What sources begin with, and which life of the shard this is. */
  readonly source: { readonly prefix: string; readonly generation: string }
  readonly connection: Connection
  readonly targets: ReadonlyMap<string, Target>
  readonly hooks: SinkHooks
}

/** How many rows, or bytes, the shard's flow may hold: the worker has bounds of its own, and seals batches itself. */
const unbounded = 2 ** 30

/** Rows at which the flow itself cuts a batch. Not more, for it may keep a table of so many keys. */
const minCutRows = 4_096

/** Writes the rows of one shard with a flow of its own: each once. One batch at a time, of whole entries, whose end the database
 * keeps in the same transaction. */
export class LedgerSink implements ShardSink {
  readonly #ledger: ResolvedLedger
  readonly #parts: LedgerSinkParts
  readonly #driver: Driver
  readonly #lanes = new Map<string, LedgerLane>()
  readonly #flowTargets = new Map<string, Target<StreamRow>>()
  readonly #abort = new AbortController()
  #flow: BatchFlow<Target<StreamRow>> | undefined
  /** Rows since the last seal, by target. */
  readonly #open = new Map<string, number>()

  constructor(ledger: ResolvedLedger, parts: LedgerSinkParts) {
    this.#ledger = ledger
    this.#parts = parts
    this.#driver = ledger.driver()
  }

  async open(lastId: string): Promise<void> {
    for (const [name, table] of this.#parts.targets) await this.#claim(name, table)
    await this.#keepAhead(lastId)
    this.#flow ??= this.#createFlow()
  }

  take(entry: Entry): void {
    const lane = this.#lanes.get(entry.target) as LedgerLane
    const { committed } = lane
    const [first, last] = [committed?.first ?? '', committed?.last ?? '']
    const open = this.#open.get(entry.target) ?? 0
    if (open > 0 && open + entry.rows.length > this.#ledger.flushSize) this.#seal(entry.target)
    const rows: StreamRow[] = []
    for (const [index, given] of entry.rows.entries()) {
      const place = committed === undefined ? '' : placeOf(entry.id, index)
      if (place < first) continue
      const row = snapshotOf(lane, given)
      if (row === undefined) entry.letters.push(entry.refuse([given]))
      else rows.push(new StreamRow(entry, index, { row, again: committed !== undefined && place <= last }))
    }
    this.#parts.hooks.onSkipped(entry.rows.length - rows.length - entry.letters.length)
    entry.left = rows.length
    if (rows.length === 0) {
      this.#parts.hooks.settle([entry], entry.letters).catch(() => {})
      return
    }
    const flow = this.#flow as BatchFlow<Target<StreamRow>>
    const target = this.#flowTargets.get(entry.target) as Target<StreamRow>
    // Where the flow does not take it any more it is being closed, and the entry is delivered again.
    for (const row of rows) flow.trySubmit(target, row)
    this.#open.set(entry.target, (this.#open.get(entry.target) ?? 0) + rows.length)
  }

  flush(): void {
    for (const name of this.#open.keys()) this.#seal(name)
  }

  abandon(): void {
    this.#abort.abort()
    this.#flow?.close({ timeoutMs: 0 }).catch(() => {})
    if (this.#flow === undefined) this.#driver.close?.().catch(() => {})
  }

  async close(): Promise<void> {
    if (this.#flow === undefined) await this.#driver.close?.()
    else await this.#flow.close()
  }

  #seal(name: string): void {
    if (!this.#open.delete(name)) return
    const target = this.#flowTargets.get(name) as Target<StreamRow>
    // A flow that is closed meanwhile rejects; its rows are delivered again.
    this.#flow?.flush({ target }).catch(() => {})
  }

  async #claim(name: string, table: Target): Promise<void> {
    if (this.#lanes.has(name)) return
    const { prefix, generation } = this.#parts.source
    const source = sourceOf(prefix, name, generation)
    const { signal } = this.#abort
    const { epoch, last } = await (this.#driver as Required<Driver>).claimPosition(source, { signal })
    const semantics = (table[rowSemantics] ?? {
      snapshot: (row: Row) => row,
      bytesOf: () => 0,
    }) as RowSemantics<Row>
    const committed = last === undefined ? undefined : spanOf(last)
    this.#lanes.set(name, { table, semantics, source, epoch, committed })
    this.#flowTargets.set(name, flowTarget(table, semantics))
  }

  /** Redis may have forgotten the last ids (a crash, a replica that took over): the next ones have to be later than what the
   * ledger knows, or they would be taken for written. */
  async #keepAhead(lastId: string): Promise<void> {
    const known = [...this.#lanes.values()].flatMap(({ committed }) =>
      committed === undefined ? [] : [entryOf(committed.last)],
    )
    const latest = known.reduce((one, other) => (compareIds(one, other) < 0 ? other : one), '0-0')
    if (compareIds(lastId, latest) < 0)
      await this.#parts.connection.call(['XSETID', this.#parts.stream, latest])
  }

  #createFlow(): BatchFlow<Target<StreamRow>> {
    const { flushSize, timeoutMs, configurationRetryMs, observers } = this.#ledger
    return createBatchFlow<Target<StreamRow>>({
      driver: new LedgerDriver(this.#driver, this.#lanes, this.#parts.hooks),
      // Only entries that are larger than that are cut in two.
      flushSize: Math.max(4 * flushSize, minCutRows),
      flushBytes: unbounded,
      bufferSize: unbounded,
      bufferBytes: 2 ** 40,
      maxLaneRows: unbounded,
      maxRowBytes: unbounded,
      flushIntervalMs: 60_000,
      concurrencyLimit: 1,
      timeoutMs,
      configurationRetryMs,
      // Rows that are given up would be behind a position and yet nowhere: only the database's verdict ends the trying.
      retry: { maxAttempts: 2 ** 30, maxElapsedMs: 2 ** 31 - 1 },
      observers: observers(this.#parts.shard),
      // They are in the dead-letter stream already.
      onDeadLetter: () => {},
    })
  }
}

/** The target of the flow: rows in strict order, whatever their keys, across retries. */
function flowTarget(table: Target, { bytesOf }: RowSemantics<Row>): Target<StreamRow> {
  return {
    name: table.name,
    [rowSemantics]: {
      definition: `stream:${table[rowSemantics]?.definition ?? table.name}`,
      snapshot: (row) => row,
      bytesOf: ({ row }) => bytesOf(row),
      key: () => 0,
    },
  }
}

/** undefined: the table does not take the row. */
function snapshotOf({ semantics }: LedgerLane, row: Row): Row | undefined {
  try {
    return semantics.snapshot(row)
  } catch (error) {
    if (BatchFlowError.is(error)) return undefined
    throw error
  }
}
