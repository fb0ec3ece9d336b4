import type { SqlTable } from '@batchflow/sql'
import type { Failure } from '@batchflow/core'
import { classify } from './classify.ts'
import { encodeRows } from './encode-rows.ts'
import type { Refused } from './refused.ts'
import type { TablePlan } from './plan.ts'
import { quoted, quotedName } from './quote.ts'
import type { Answer, Session, Statement } from './wire/session.ts'

type Row = Readonly<Record<string, unknown>>

/** What would become of a row. `unchanged`: it is there already, and stays as it is. */
export type TrialOutcome =
  | { readonly outcome: 'inserted' | 'updated' | 'unchanged' }
  | { readonly outcome: 'failed'; readonly failure: Failure; readonly cause: unknown }

/** Writes rows one after the other in a transaction that is rolled back, and says what became of each. Triggers run,
 * sequences move on, locks are held until the end. */
export async function tryRows(
  session: Session,
  plan: TablePlan,
  rows: readonly Row[],
): Promise<readonly TrialOutcome[]> {
  const outcomes: TrialOutcome[] = []
  await session.run([{ text: 'begin' }, { text: 'set constraints all immediate' }], { commits: false })
  // What is thrown in between leaves the transaction to the end of the session.
  for (const index of rows.keys()) outcomes.push(await tryRow(session, plan, { rows, index }))
  await session.run([{ text: 'rollback' }], { commits: false })
  return outcomes
}

async function tryRow(
  session: Session,
  plan: TablePlan,
  { rows, index }: { readonly rows: readonly Row[]; readonly index: number },
): Promise<TrialOutcome> {
  const refused: Refused = new Map()
  const [group] = encodeRows(plan, rows, [index], refused)
  if (group === undefined)
    return {
      outcome: 'failed',
      failure: { kind: 'poison', reason: 'invalid_row' },
      cause: refused.get(index),
    }
  const stored = storedRow(plan, rows[index] as Row)
  const before = { text: 'savepoint batchflow_trial' }
  const release = { text: 'release savepoint batchflow_trial' }
  try {
    const answers = await session.run([before, ...stored, ...group.statements, ...stored, release], {
      commits: false,
    })
    return { outcome: changeOf(plan.table, answers, group.statements.length) }
  } catch (error) {
    const failure = classify(error)
    if (failure === undefined || failure.kind !== 'poison') throw error
    await session.run([{ text: 'rollback to savepoint batchflow_trial' }, release], { commits: false })
    return { outcome: 'failed', failure, cause: error }
  }
}

/** Reads the row with the key of this one; nothing for a plain insert, which changes no row that is there. */
function storedRow({ table, key }: TablePlan, row: Row): readonly Statement[] {
  if (key.length === 0) return []
  const conditions = key.map(({ name, encoder }, index) => {
    const type = encoder.castTo ?? encoder.arrayOf
    return `t.${quotedName(name)} = $${index + 1}::${type}`
  })
  const values = key.map(({ name, encoder }) => {
    const value = row[name]
    return value === undefined || value === null ? null : encoder.text(value)
  })
  const text = `select to_jsonb(t)::text as stored from ${quoted(table)} t where ${conditions.join(' and ')}`
  return [{ text, values, returns: true }]
}

function changeOf(
  table: SqlTable,
  answers: readonly Answer[],
  inserts: number,
): 'inserted' | 'updated' | 'unchanged' {
  if (table.conflict === undefined) return 'inserted'
  const before = answers[1]?.rows[0]?.['stored']
  const after = answers[2 + inserts]?.rows[0]?.['stored']
  if (before === undefined) return 'inserted'
  return before === after ? 'unchanged' : 'updated'
}
