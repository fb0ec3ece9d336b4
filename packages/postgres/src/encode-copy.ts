import { type Refused, refuse } from './refused.ts'
import type { TablePlan } from './plan.ts'
import type { RowForm } from './row-form.ts'
import type { ByteWriter } from './types/index.ts'

type Row = Readonly<Record<string, unknown>>

// Messages of the protocol begin with a code and their length, which counts itself and not the code
// (https://www.postgresql.org/docs/15/protocol-message-formats.html).
const copyData = 0x64
const copyDone = 0x63
const lengthBytes = 4

/** The file header of COPY's binary form: signature, flags, length of the extension
 * (https://www.postgresql.org/docs/15/sql-copy.html). */
const fileHeader = Buffer.from('PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0', 'latin1')

/** The first piece is about so long, and each one twice as long as the one before: the server begins soon, and is not
 * woken up often. */
const firstPieceBytes = 8 * 1024
const maxPieceBytes = 64 * 1024

/** The server holds up to 1,000 rows of a COPY before it puts them into the table, and its account of those that it holds
 * takes time by their square: each has the same entry, and `ResourceArrayAdd` and `ResourceArrayRemove` (PostgreSQL 15) go
 * through all of them. A thousand rows are a tenth faster as four COPYs (`npm run bench -- postgres --only
 * "several COPYs"`); beyond 1,000 what one holds grows no more, and dividing gains less and less. */
const maxRowsPerCopy = 300
const maxDividedRows = 1_500

/** How many COPYs rows are divided among, and the rows of each but the last, which may have fewer. */
export function copiesOf(
  { watchesStatements }: Pick<TablePlan, 'watchesStatements'>,
  rows: number,
): { readonly count: number; readonly size: number } {
  const count = watchesStatements || rows > maxDividedRows ? 1 : Math.ceil(rows / maxRowsPerCopy)
  return { count, size: Math.ceil(rows / count) }
}

/** Rows for one COPY. */
export interface CopyRows {
  /** The places of the rows in the batch. */
  readonly indices: readonly number[]
  /** The messages of the COPY, its end included. */
  readonly data: Uint8Array
  /** Holds the data; goes back to the plan's writers when the COPY is answered. */
  readonly writer: ByteWriter
}

/** The rows of a batch in COPY's binary form. Rows that a column does not take are left out and added to `refused`. */
export function encodeCopy(plan: TablePlan, form: RowForm, rows: readonly Row[], refused: Refused): CopyRows {
  const out = plan.writers.take()
  const start = openFile(out)
  const indices: number[] = []
  for (const [index, row] of rows.entries())
    if (encodeRow(plan, form, { row, index, out, refused })) indices.push(index)
  closeFile(out, start)
  return { indices, data: out.written(), writer: out }
}

/** Where messages go. */
export interface CopyStream {
  /** Holds what was sent until the COPY is answered. */
  readonly out: ByteWriter
  readonly send: (messages: Uint8Array) => void
}

/** The same for all COPYs of {@link copiesOf}, piece by piece, so that the server reads the first rows while the others are
 * encoded. Answers false, in the middle of it, when a column does not take a row. */
export function streamCopy(
  plan: TablePlan,
  form: RowForm,
  rows: readonly Row[],
  { out, send }: CopyStream,
): boolean {
  const refused: Refused = new Map()
  const { size } = copiesOf(plan, rows.length)
  let pieceBytes = firstPieceBytes
  let sent = 0
  let start = openFile(out)
  for (let index = 0; index < rows.length; index++) {
    if (index > 0 && index % size === 0) {
      closeFile(out, start)
      start = openFile(out)
    }
    if (!encodeRow(plan, form, { row: rows[index] as Row, index, out, refused })) return false
    if (out.length - sent < pieceBytes) continue
    closeMessage(out, start)
    send(out.written().subarray(sent))
    pieceBytes = Math.min(2 * pieceBytes, maxPieceBytes)
    sent = out.length
    start = openMessage(out)
  }
  closeFile(out, start)
  send(out.written().subarray(sent))
  return true
}

/** Answers where the message begins, for {@link closeFile}. */
function openFile(out: ByteWriter): number {
  const start = openMessage(out)
  for (const byte of fileHeader) out.int8(byte)
  return start
}

function closeFile(out: ByteWriter, start: number): void {
  out.int16(-1)
  closeMessage(out, start)
  out.int8(copyDone)
  out.int32(lengthBytes)
}

function openMessage(out: ByteWriter): number {
  out.int8(copyData)
  return out.open()
}

function closeMessage(out: ByteWriter, start: number): void {
  out.close(start, lengthBytes)
}

interface RowToEncode {
  readonly row: Row
  readonly index: number
  readonly out: ByteWriter
  readonly refused: Refused
}

function encodeRow(plan: TablePlan, form: RowForm, { row, index, out, refused }: RowToEncode): boolean {
  const start = out.length
  out.int16(form.columns.length)
  for (const { name, encoder } of form.columns) {
    const value = row[name]
    if (value === undefined || value === null) {
      out.int32(-1)
      continue
    }
    try {
      encoder.binary?.(value, out)
    } catch (error) {
      out.truncate(start)
      refuse(plan.table.name, name, { index, error, refused })
      return false
    }
  }
  return true
}
