import { rowSemantics, type Target } from '@batchflow/core'
import { Prepared, preparedRow, type Row } from '../entry/row.ts'
import { untagged } from '../entry/tagged-value.ts'

/** A row on its way into the stream. An instance of a class, so that the pipeline hands it on as it is. */
export class Item {
  readonly target: string
  readonly row: Row
  /** Estimated. */
  readonly bytes: number

  constructor(target: string, row: Row, bytes: number) {
    this.target = target
    this.row = row
    this.bytes = bytes
  }
}

/** A row's own bytes beside its values. */
const itemBytes = 64

/** Copies a row, as its target does, and looks whether it can travel.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_ROW` */
export function itemOf(target: Target, row: Row): Item {
  const semantics = target[rowSemantics]
  const snapshot = (semantics?.snapshot(row) ?? { ...row }) as Record<string, unknown>
  const bytes = itemBytes + (semantics?.bytesOf(snapshot) ?? roughBytes(snapshot))
  return new Item(target.name, preparedRow(target.name, snapshot), bytes)
}

/** The row as it was submitted. */
export function rowOf({ row }: Item): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      Prepared.prototype.isPrototypeOf(value as object) ? untagged((value as Prepared).form) : value,
    ]),
  )
}

function roughBytes(row: Row): number {
  let bytes = 0
  for (const name in row) {
    const value = row[name]
    bytes += name.length + (typeof value === 'string' ? 2 * value.length : 24)
    if (ArrayBuffer.isView(value)) bytes += value.byteLength
  }
  return bytes
}
