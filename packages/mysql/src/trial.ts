import type { Failure } from '@batchflow/core'
import type { ColumnDescription } from './catalog.ts'
import { classify } from './classify.ts'
import { encodeRows, type Refused, type StatementOptions } from './encode-rows.ts'
import type { TablePlan } from './plan.ts'
import { quoted, quotedName } from './quote.ts'
import { scopeOf } from './statement-scope.ts'
import { literalOf } from './types/index.ts'
import { begin, rollback, type Session, type Statement } from './wire/session.ts'

type Row = Readonly<Record<string, unknown>>

/** What would become of a row. `unchanged`: it is there already, and stays as it is. */
export type TrialOutcome =
  | { readonly outcome: 'inserted' | 'updated' | 'unchanged' }
  | { readonly outcome: 'failed'; readonly failure: Failure; readonly cause: unknown }

/** Writes rows one after the other in a transaction that is rolled back, and says what became of each. Triggers run,
 * AUTO_INCREMENT moves on, locks are held until the end. */
export async function tryRows(
  session: Session,
  plan: TablePlan,
  rows: readonly Row[],
): Promise<readonly TrialOutcome[]> {
  const outcomes: TrialOutcome[] = []
  await session.run([begin], { commits: false })
  try {
    for (const index of rows.keys()) outcomes.push(await tryRow(session, plan, { rows, index }))
  } finally {
    await session.run([rollback], { commits: false })
  }
  return outcomes
}

async function tryRow(
  session: Session,
  plan: TablePlan,
  { rows, index }: { readonly rows: readonly Row[]; readonly index: number },
): Promise<TrialOutcome> {
  const refused: Refused = new Map()
  const statements = encodeRows(plan, { rows, indices: [index], refused }, optionsOf(session))
  const refusal = refused.get(index)
  if (refusal !== undefined) return { outcome: 'failed', ...refusal }
  const stored = storedRow(plan, rows[index] as Row)
  try {
    // One statement, which takes back what it did when it fails.
    const answers = await session.run([...stored, ...statements, ...stored], { commits: false })
    const before = answers[0]?.rows[0]?.['stored']
    const after = answers.at(-1)?.rows[0]?.['stored']
    if (stored.length === 0 || before === undefined) return { outcome: 'inserted' }
    return { outcome: before === after ? 'unchanged' : 'updated' }
  } catch (error) {
    const failure = classify(error)
    if (failure === undefined || failure.kind !== 'poison') throw error
    return { outcome: 'failed', failure, cause: error }
  }
}

function optionsOf({ server }: Session): StatementOptions {
  return {
    maxPacketBytes: server.maxPacketBytes,
    lendPacket: undefined,
    isWhole: false,
    scopeOf: ({ hasTimestamps }) => scopeOf(server, { statementTimeoutMs: undefined, hasTimestamps }),
  }
}

/** Reads the row with the key of this one, all columns as one text; nothing for a plain insert, which changes no row that
 * is there. */
function storedRow({ table, key, description }: TablePlan, row: Row): readonly Statement[] {
  if (key.length === 0) return []
  const conditions = key.map(({ name, encoder }) => {
    const value = row[name]
    const literal = value === undefined || value === null ? 'null' : literalOf(encoder.encode(value))
    return `${quotedName(name)} = ${literal}`
  })
  const columns = description.columns.map((column) => `coalesce(hex(${textOf(column)}), 'null')`)
  return [
    {
      text:
        `select concat_ws(',', ${columns.join(', ')}) as stored from ${quoted(table)} ` +
        `where ${conditions.join(' and ')}`,
    },
  ]
}

/** A text that differs where the values do: that of a float has too few digits, unless it is made a double. */
function textOf({ name, type }: ColumnDescription): string {
  const column = quotedName(name)
  return type.name === 'float' || type.name === 'double' ? `concat(${column} + 0e0)` : `concat(${column})`
}
