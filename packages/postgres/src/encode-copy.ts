import { type Refused, refuse } from './refused.ts'
import type { TablePlan } from './plan.ts'
import type { RowForm } from './row-form.ts'
import type { ByteWriter } from './types/index.ts'

type Row = Readonly<Record<string, unknown>>

/** CopyData's code, a place for its length, and the file header of COPY's binary form: signature, flags, length of the
 * extension (https://www.postgresql.org/docs/15/sql-copy.html). */
const head = Buffer.from('d\0\0\0\0PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0', 'latin1')

/** Rows for COPY. */
export interface CopyRows {
  /** The places of the rows in the batch. */
  readonly indices: readonly number[]
  /** One CopyData message. */
  readonly data: Uint8Array
  /** Holds the data; goes back to the plan's writers when the COPY is answered. */
  readonly writer: ByteWriter
}

/** The rows of a batch in COPY's binary form. Rows that a column does not take are left out and added to `refused`. */
export function encodeCopy(plan: TablePlan, form: RowForm, rows: readonly Row[], refused: Refused): CopyRows {
  const out = plan.writers.take()
  for (const byte of head) out.int8(byte)
  const indices: number[] = []
  for (const [index, row] of rows.entries())
    if (encodeRow(plan, form, { row, index, out, refused })) indices.push(index)
  out.int16(-1)
  const data = out.written()
  // The length counts itself, and not the code before it.
  data.writeInt32BE(data.length - 1, 1)
  return { indices, data, writer: out }
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
