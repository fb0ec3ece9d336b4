import { BatchFlowError } from '@batchflow/core'
import type { RowForm } from './row-form.ts'
import type { ExecutePacket } from './wire/execute-packet.ts'

type Row = Readonly<Record<string, unknown>>

/** Writes rows into a packet, in the order of `indices`. false: a row is refused, or has NULL where the server would make
 * something else of it; which, and why, the other way of encoding says. */
export function bindRows(
  { columns, types }: RowForm,
  rows: readonly Row[],
  indices: readonly number[],
  packet: ExecutePacket,
): boolean {
  packet.begin({ row: types, rows: indices.length })
  const { out } = packet
  let parameter = 0
  try {
    for (const index of indices) {
      const row = rows[index] as Row
      for (const { name, encoder } of columns) {
        const value = row[name]
        if (value !== null && value !== undefined) encoder.binding.write(value, out)
        else if (encoder.refusesNull === true) return false
        else packet.setNull(parameter)
        parameter++
      }
    }
    return true
  } catch (error) {
    if (BatchFlowError.is(error)) return false
    throw error
  }
}
