import { type Members, refuse } from './refused.ts'
import type { PlannedColumn } from './planned-column.ts'
import { arrayLiteral, type ByteWriter } from './types/index.ts'

/** One parameter per column: all of its values, in the array's binary form where the type has one here (written to
 * `out`), else as a literal. */
export function columnArrays(
  table: string,
  columns: readonly PlannedColumn[],
  members: Members,
  out: ByteWriter,
): readonly (string | Uint8Array)[] {
  // The buffer moves as it grows, so it is cut up at the end.
  const parts = columns.map((column) => {
    if (column.binaryElement === undefined) return literal(table, column, members)
    const start = out.length
    writeArray(table, { ...column, element: column.binaryElement }, members, out)
    return [start, out.length] as const
  })
  const bytes = out.written()
  return parts.map((part) => (typeof part === 'string' ? part : bytes.subarray(...part)))
}

function literal(
  table: string,
  { name, encoder }: PlannedColumn,
  { rows, indices, refused }: Members,
): string {
  const values = indices.map((index) => rows[index]?.[name])
  return arrayLiteral(encoder, values, (place, error) => {
    refuse(table, name, { index: indices[place] as number, error, refused })
  })
}

/** Dimensions, flags, the type of the elements, their number, the first index, and each element with its length
 * (array_recv in PostgreSQL's sources). */
function writeArray(
  table: string,
  { name, encoder, element }: PlannedColumn & { readonly element: number },
  { rows, indices, refused }: Members,
  out: ByteWriter,
): void {
  out.int32(1)
  out.int32(0)
  out.int32(element)
  out.int32(indices.length)
  out.int32(1)
  for (const index of indices) {
    const value = rows[index]?.[name]
    if (value === undefined || value === null) {
      out.int32(-1)
      continue
    }
    const start = out.length
    try {
      encoder.binary?.(value, out)
    } catch (error) {
      out.truncate(start)
      out.int32(-1)
      refuse(table, name, { index, error, refused })
    }
  }
}
