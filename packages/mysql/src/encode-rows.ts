import { BatchFlowError } from '@batchflow/core'
import type { ColumnSet, PartFailure } from '@batchflow/sql'
import { bindRows } from './bind-rows.ts'
import type { TablePlan } from './plan.ts'
import type { RowForm } from './row-form.ts'
import { sortByKey } from './sort-rows.ts'
import { splitRows, wantedBytes } from './split-rows.ts'
import { type Bound, literalOf, roughBytes } from './types/index.ts'
import type { ExecutePacket } from './wire/execute-packet.ts'
import type { Statement } from './wire/session.ts'

type Row = Readonly<Record<string, unknown>>

/** A statement that writes rows: where they are in the batch, in its order. */
export interface RowStatement extends Statement {
  readonly rows: readonly number[]
}

/** Rows that cannot be sent, by place. */
export type Refused = Map<number, PartFailure>

/** What the statements of one attempt depend on. */
export interface StatementOptions {
  /** Bytes of a packet. */
  readonly maxPacketBytes: number
  /** Gives packets for prepared statements; absent: the connection prepares none. */
  readonly lendPacket: (() => ExecutePacket) | undefined
  /** These rows are a batch as it came, and their number counts for what is usual. */
  readonly isWhole: boolean
  /** What stands before a statement. */
  readonly scopeOf: (form: RowForm) => string
}

/** Encodes the rows at some places of a batch as inserts: sorted by key, one statement for each set of columns, and more
 * where one would be too large. Rows that cannot be sent are left out and added to `refused`. */
export function encodeRows(
  plan: TablePlan,
  { rows, indices, refused }: Members,
  options: StatementOptions,
): readonly RowStatement[] {
  const statements: RowStatement[] = []
  for (const [set, members] of bySet(plan, rows, sortByKey(plan.key, rows, indices))) {
    const form = plan.form(set)
    const given = { rows, indices: members, refused }
    const bound = isUsual(form, members.length, options) ? boundStatement(form, given, options) : undefined
    if (bound === undefined) statements.push(...textStatements(plan, form, given, options))
    else statements.push(bound)
  }
  return statements
}

/** Whether so many rows are worth a prepared statement. */
function isUsual({ counts, maxRows }: RowForm, rows: number, { isWhole }: StatementOptions): boolean {
  return (isWhole ? counts.saw(rows) : counts.has(rows)) && rows <= maxRows
}

/** The rows as one prepared statement; undefined: they cannot go so, or not all of them. */
function boundStatement(
  form: RowForm,
  { rows, indices }: Members,
  { lendPacket, maxPacketBytes, scopeOf }: StatementOptions,
): RowStatement | undefined {
  const packet = lendPacket?.()
  if (packet === undefined || !bindRows(form, rows, indices, packet)) return undefined
  if (packet.length >= maxPacketBytes) return undefined
  return { text: form.text(indices.length, scopeOf(form)), packet, rows: indices }
}

export interface Members {
  readonly rows: readonly Row[]
  readonly indices: readonly number[]
  readonly refused: Refused
}

/** Rows by the columns that they have; nearly always all of them in one. */
function bySet(
  plan: TablePlan,
  rows: readonly Row[],
  indices: readonly number[],
): ReadonlyMap<ColumnSet, readonly number[]> {
  const sets = new Map<ColumnSet, number[]>()
  let lastSet: ColumnSet | undefined
  let last: number[] = []
  for (const index of indices) {
    const set = plan.setOf(rows[index] as Row)
    if (set !== lastSet) {
      last = sets.get(set) ?? []
      sets.set(set, last)
      lastSet = set
    }
    last.push(index)
  }
  return sets
}

/** Rows of one form, in the order of the statement. */
export interface EncodedRows {
  readonly indices: readonly number[]
  /** Their values, one row after the other. */
  readonly values: readonly (Bound | null)[]
  /** More than the values take in a statement, in bytes. */
  readonly roughBytes: number
}

function encodeGroup(
  plan: TablePlan,
  { columns }: RowForm,
  { rows, indices, refused }: Members,
): EncodedRows {
  const values: (Bound | null)[] = []
  const taken: number[] = []
  let bytes = 0
  for (const index of indices) {
    const row = rows[index] as Row
    const start = values.length
    for (const { name, encoder } of columns) {
      const value = row[name]
      let bound: Bound | null = null
      try {
        if (value !== null && value !== undefined) bound = encoder.encode(value)
        else if (encoder.refusesNull === true) refuseNull()
      } catch (error) {
        refused.set(index, refusal(plan, name, error))
        break
      }
      bytes += roughBytes(bound)
      values.push(bound)
    }
    if (values.length - start === columns.length) taken.push(index)
    else values.length = start
  }
  return { indices: taken, values, roughBytes: bytes }
}

function refuseNull(): never {
  throw new BatchFlowError(
    'BATCHFLOW_INVALID_ROW',
    'must be a value, in whose absence the server would put the current time, got null',
  )
}

/** Puts table and column before what the encoder said. */
function refusal(plan: TablePlan, column: string, error: unknown): PartFailure {
  if (!BatchFlowError.is(error)) throw error
  const message = `${plan.table.name}: column ${column} ${error.message}`
  return {
    failure: { kind: 'poison', reason: 'invalid_row' },
    cause: new BatchFlowError('BATCHFLOW_INVALID_ROW', message, { cause: error }),
  }
}

/** What a statement takes beside its text. */
const headerBytes = 64

function textStatements(
  plan: TablePlan,
  form: RowForm,
  members: Members,
  options: StatementOptions,
): readonly RowStatement[] {
  const { maxPacketBytes, lendPacket } = options
  const encoded = encodeGroup(plan, form, members)
  if (encoded.indices.length === 0) return []
  const scope = options.scopeOf(form)
  const aroundBytes = 3 * (scope.length + form.head.length + form.tail.length) + headerBytes
  const refuse = (index: number) => members.refused.set(index, tooLarge(plan, maxPacketBytes))
  const parts =
    aroundBytes + encoded.roughBytes < Math.min(maxPacketBytes, wantedBytes)
      ? [{ ...encoded, mustBind: false }]
      : splitRows(encoded, {
          columns: form.columns.length,
          maxBytes: maxPacketBytes - aroundBytes,
          binds: lendPacket !== undefined,
          refuse,
        })
  return parts.flatMap(({ indices, values, mustBind }) => {
    if (!mustBind)
      return [{ text: scope + form.head + literals(values, form.columns.length) + form.tail, rows: indices }]
    const bound = boundStatement(form, { ...members, indices }, options)
    if (bound === undefined) for (const index of indices) refuse(index)
    return bound ?? []
  })
}

function tooLarge(plan: TablePlan, maxPacketBytes: number): PartFailure {
  const message = `${plan.table.name}: row must fit into a packet of ${maxPacketBytes} bytes (max_allowed_packet)`
  return {
    failure: { kind: 'poison', reason: 'too_large' },
    cause: new BatchFlowError('BATCHFLOW_INVALID_ROW', `${message}, got a larger one`),
  }
}

/** `(1, 'a'), (2, 'b')`, without the blanks. */
function literals(values: readonly (Bound | null)[], columns: number): string {
  let text = ''
  let place = 0
  for (const value of values) {
    text += place === 0 ? (text === '' ? '(' : ',(') : ','
    text += literalOf(value)
    place++
    if (place < columns) continue
    text += ')'
    place = 0
  }
  return text
}
