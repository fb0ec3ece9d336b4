import { type Bound, type RowValues, unpack } from './packed-values.ts'
import type { EncodedRows } from './protocol.ts'

/** Rows under one savepoint, unless one statement has more. */
const rowsPerGroup = 100
/** Some consecutive rows of a batch and the statement that writes them. */
export interface Step extends RowValues {
  readonly text: string
  /** The text for one row of the same columns. */
  readonly rowText: string
  readonly rows: number
  readonly position: number
}

/** The steps of a batch, in the order of its rows: as many rows a statement as there are texts for. */
export function stepsOf(rows: EncodedRows): Step[] {
  const steps = emptySteps(rows)
  unpack(rows.values, steps)
  return steps
}

/** The same, before the values are in their places. */
function emptySteps({ forms, runs }: EncodedRows): Step[] {
  const steps: Step[] = []
  let position = 0
  for (let run = 0; run < runs.length; run += 2) {
    const form = forms[runs[run] as number]
    let left = runs[run + 1] as number
    if (!form) continue
    const { columns } = form
    const rowText = form.texts.find(({ rows }) => rows === 1)?.text as string
    for (const { rows, text } of form.texts) {
      for (; left >= rows; left -= rows) {
        const values = new Array<Bound>(rows * columns.length)
        steps.push({ text, rowText, rows, columns, position, values })
        position += rows
      }
    }
  }
  return steps
}

/** A step as steps of one row. */
export function singleRows({ rowText, rows, columns, position, values }: Step): Step[] {
  return Array.from({ length: rows }, (_, row) => ({
    text: rowText,
    rowText,
    rows: 1,
    columns,
    position: position + row,
    values: values.slice(row * columns.length, (row + 1) * columns.length),
  }))
}

/** Steps in groups that share a savepoint. */
export function groupsOf(steps: readonly Step[]): Step[][] {
  const groups: Step[][] = []
  let room = 0
  for (const step of steps) {
    const last = groups.at(-1)
    if (last && step.rows <= room) last.push(step)
    else {
      groups.push([step])
      room = rowsPerGroup
    }
    room -= step.rows
  }
  return groups
}
