import type { EncodedRows } from './encode-rows.ts'
import { type Bound, boundBytes, literalBytes } from './types/index.ts'

export interface SplitOptions {
  readonly columns: number
  /** Bytes that the values of one statement can take. */
  readonly maxBytes: number
  /** Values can be bound, which takes less than half of what binary strings take as literals. */
  readonly binds: boolean
  /** Told of a row that no statement can hold. */
  readonly refuse: (index: number) => void
}

/** Rows of one statement. */
export interface StatementRows {
  readonly indices: readonly number[]
  readonly values: readonly (Bound | null)[]
  /** As literals they would be too large. */
  readonly mustBind: boolean
}

/** Beyond this a larger statement is no faster, and holds more memory on both sides. */
export const wantedBytes: number = 16 * 2 ** 20

/** Divides rows into statements that the server takes. A row that is too large for all of them is given up. */
export function splitRows(
  { indices, values }: Omit<EncodedRows, 'roughBytes'>,
  { columns, maxBytes, binds, refuse }: SplitOptions,
): readonly StatementRows[] {
  const parts: StatementRows[] = []
  const most = Math.min(maxBytes, wantedBytes)
  let part: { indices: number[]; values: (Bound | null)[] } = { indices: [], values: [] }
  let bytes = 0
  const close = () => {
    if (part.indices.length > 0) parts.push({ ...part, mustBind: false })
    part = { indices: [], values: [] }
    bytes = 0
  }
  for (const [place, index] of indices.entries()) {
    const row = values.slice(place * columns, (place + 1) * columns)
    const rowBytes = sum(row, literalBytes)
    if (rowBytes > most) {
      const mustBind = rowBytes > maxBytes
      if (mustBind && !(binds && sum(row, boundBytes) <= maxBytes)) refuse(index)
      else {
        close()
        parts.push({ indices: [index], values: row, mustBind })
      }
      continue
    }
    if (bytes + rowBytes > most) close()
    part.indices.push(index)
    part.values.push(...row)
    bytes += rowBytes
  }
  close()
  return parts
}

/** Of a row, with what stands around it. */
function sum(row: readonly (Bound | null)[], bytesOf: (value: Bound | null) => number): number {
  return row.reduce<number>((total, value) => total + bytesOf(value) + 2, 4)
}
