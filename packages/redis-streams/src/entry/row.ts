import { BatchFlowError } from '@batchflow/core'
import { types } from 'node:util'
import { tagged, UnknownValueError } from './tagged-value.ts'

/** A row on its way: own columns by name. */
export type Row = Readonly<Record<string, unknown>>

/** A value that was given its form when its row was submitted: JSON may be changed by then, and bad values are refused
 * where the caller is told. */
export class Prepared {
  readonly form: unknown

  constructor(form: unknown) {
    this.form = form
  }
}

/** Looks whether every value of a snapshot can travel, and gives those that are objects their form.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_ROW`, with the column and the kind of its value */
export function preparedRow(target: string, snapshot: object): Row {
  const row = snapshot as Record<string, unknown>
  for (const column in row) {
    const value = row[column]
    switch (typeof value) {
      case 'object':
        if (value !== null && !types.isDate(value) && !types.isUint8Array(value))
          row[column] = new Prepared(formOf(target, column, value))
        break
      case 'function':
      case 'symbol':
        formOf(target, column, value)
        break
      default:
    }
  }
  return row
}

function formOf(target: string, column: string, value: unknown): unknown {
  try {
    return tagged(value)
  } catch (error) {
    const why = UnknownValueError.prototype.isPrototypeOf(error as object)
      ? (error as Error).message
      : 'must be nested less deeply, and not in a circle'
    throw new BatchFlowError('BATCHFLOW_INVALID_ROW', `${target}.${column} ${why}`, { cause: error })
  }
}
