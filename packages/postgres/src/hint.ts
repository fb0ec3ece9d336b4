import type { PostgresDriverError } from './driver-error.ts'
import type { TablePlan } from './plan.ts'

type Row = Readonly<Record<string, unknown>>

export interface Sent {
  readonly plan: TablePlan
  readonly rows: readonly Row[]
  /** Places of the rows that were sent, in their order. */
  readonly indices: readonly number[]
}

/** The place of the row that an error is about, where the server says so: by COPY's line number, else by the key that it
 * quotes. A guess: the search tries that row on its own. */
export function hintOf(error: PostgresDriverError, sent: Sent): number | undefined {
  const { where, detail } = error.original as { readonly where?: unknown; readonly detail?: unknown }
  // Below the lines of the trigger that failed, if one did.
  const line = typeof where === 'string' ? /^COPY .*, line (\d+)/m.exec(where)?.[1] : undefined
  if (line !== undefined) return sent.indices[Number(line) - 1]
  return typeof detail === 'string' ? rowWithKey(detail, sent) : undefined
}

/** `Key (a, b)=(1, x) …`, in whatever language the rest is. */
function rowWithKey(detail: string, { plan, rows, indices }: Sent): number | undefined {
  const [, names, values] = /\(([^()]+)\)=\((.*)\)/s.exec(detail) ?? []
  if (names === undefined || values === undefined) return undefined
  const wanted = names.split(', ')
  const { columns } = plan.form(plan.setOf(rows[indices[0] ?? 0] ?? {}))
  const key = wanted.map((name) => columns.find((column) => column.name === name))
  // Of several rows with one key the first is good, as it would be if they came one by one.
  return indices.findLast((index) => {
    const texts = key.map((column) => {
      const value = column === undefined ? undefined : rows[index]?.[column.name]
      return value === undefined || value === null || column === undefined ? '' : column.encoder.text(value)
    })
    return texts.join(', ') === values
  })
}
