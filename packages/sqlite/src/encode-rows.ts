import { BatchFlowError } from '@batchflow/core'
import { constants } from 'node:buffer'
import { SqliteDriverError } from './driver-error.ts'
import { kindOf } from './kind-of.ts'
import { ValuePacker } from './packed-values.ts'
import { batchTooLarge, type EncodedRows, type StatementForm } from './protocol.ts'
import type { RowForm, TablePlan } from './table-plan.ts'

type Row = Readonly<Record<string, unknown>>

/** A batch ready for the worker, and the rows that are not in it. */
export interface EncodedBatch {
  readonly rows: EncodedRows
  /** Rows that were refused, by their index in the batch, in order. */
  readonly refused: ReadonlyMap<number, BatchFlowError>
}

/** Encodes rows in their order.
 *
 * @param options `maxTextLength`: characters that all texts of a batch may have; the most that V8 puts into one string.
 * JSON can have several times the characters that its estimate allows for.
 * @throws SqliteDriverError classified as split, when they have more: its halves are tried instead. */
export function encodeRows(
  plan: TablePlan,
  rows: readonly Row[],
  { maxTextLength = constants.MAX_STRING_LENGTH }: { readonly maxTextLength?: number } = {},
): EncodedBatch {
  const values = new ValuePacker(rows.length * plan.table.columns.length, maxTextLength)
  const refused = new Map<number, BatchFlowError>()
  const runs = new Runs()
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as Row
    const form = plan.form(plan.setOf(row))
    const error = encodeRow(plan, form, row, values)
    if (error) refused.set(index, error)
    else runs.add(form)
  }
  return { rows: { forms: runs.forms(), runs: runs.pairs, values: values.packed() }, refused }
}

function encodeRow(
  plan: TablePlan,
  form: RowForm,
  row: Row,
  values: ValuePacker,
): BatchFlowError | undefined {
  if (form.columns.length === 0)
    return invalidRow(`${plan.table.name}: a row needs at least one declared column`)
  values.startRow()
  for (const { name, encoder } of form.columns) {
    const value = row[name]
    const bound = encoder.encode(value)
    if (bound === undefined) {
      values.dropRow()
      const kind = (encoder.kindOf ?? kindOf)(value)
      return invalidRow(`${plan.table.name}.${name} must be ${encoder.rule}, got ${kind}`)
    }
    if (!values.push(bound)) throw tooLarge(plan)
  }
  return undefined
}

function tooLarge({ table }: TablePlan): SqliteDriverError {
  const message = `${table.name}: the texts of a batch must fit into one string, got more characters than that`
  return new SqliteDriverError({ name: 'RangeError', message, code: batchTooLarge })
}

function invalidRow(message: string): BatchFlowError {
  return new BatchFlowError('BATCHFLOW_INVALID_ROW', message)
}

/** Collects which rows have which form, in order. */
class Runs {
  readonly pairs: number[] = []
  readonly #forms: RowForm[] = []
  #last: RowForm | undefined

  add(form: RowForm): void {
    if (form === this.#last) {
      const count = this.pairs.length - 1
      this.pairs[count] = (this.pairs[count] as number) + 1
      return
    }
    this.#last = form
    let place = this.#forms.indexOf(form)
    if (place === -1) place = this.#forms.push(form) - 1
    this.pairs.push(place, 1)
  }

  /** Only with texts for row counts that a run is long enough for: a text is copied to the worker with each batch. */
  forms(): StatementForm[] {
    const longest = this.#forms.map(() => 0)
    for (let pair = 0; pair < this.pairs.length; pair += 2) {
      const form = this.pairs[pair] as number
      longest[form] = Math.max(longest[form] as number, this.pairs[pair + 1] as number)
    }
    return this.#forms.map((form, place) => ({
      columns: form.columns.length,
      texts: form.rowCounts
        .filter((rows) => rows <= (longest[place] as number))
        .map((rows) => ({ rows, text: form.text(rows) })),
    }))
  }
}
