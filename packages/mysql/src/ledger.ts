import type { RowOutcome } from '@batchflow/core'
import { MysqlDriverError, statementOf } from './driver-error.ts'
import { literalOf } from './types/index.ts'
import type { Session, Statement } from './wire/session.ts'

const table = 'batchflow_ledger'

/** The SQL that makes the table of `ledger: true`, once per database (the one that the connections use). A batch's id is
 * written to it in the batch's own transaction.
 *
 * @example
 * ```ts
 * await pool.query(ledgerTable)
 * ``` */
export const ledgerTable: string = `create table if not exists ${table} (
  id varchar(255) character set ascii collate ascii_bin primary key,
  committed_at timestamp(3) not null default current_timestamp(3),
  refused longtext,
  index ${table}_committed_at (committed_at)
) engine=innodb`

/** A bad row of a batch that was committed without it. */
interface RefusedRow {
  readonly index: number
  readonly errno: number
}

/** Fails when the batch was committed before; waits while another attempt at it is under way. */
export function mark(batch: string): Statement {
  return { text: `insert into ${table} (id) values (${literalOf(batch)})`, marks: true }
}

/** Keeps what became of the bad rows: a repeated attempt has to answer the same. */
export function markRefused(batch: string, outcomes: readonly RowOutcome[]): Statement {
  const rows: RefusedRow[] = []
  for (const [index, outcome] of outcomes.entries())
    if (outcome.outcome === 'failed') rows.push({ index, errno: errnoOf(outcome.cause) })
  return {
    text: `update ${table} set refused = ${literalOf(JSON.stringify(rows))} where id = ${literalOf(batch)}`,
  }
}

/** The batch is in the ledger already. */
export function isMarked(error: unknown): boolean {
  return MysqlDriverError.is(error) && error.errno === 1062 && statementOf(error)?.marks === true
}

/** The bad rows of a batch that was committed, by place. */
export async function refusedRows(
  session: Session,
  batch: string,
): Promise<ReadonlyMap<number, MysqlDriverError>> {
  const text = `select refused from ${table} where id = ${literalOf(batch)}`
  const [answer] = await session.run([{ text }], { commits: false })
  const refused = answer?.rows[0]?.['refused']
  const rows = typeof refused === 'string' ? (JSON.parse(refused) as readonly RefusedRow[]) : []
  return new Map(
    rows.map(({ index, errno }) => [
      index,
      new MysqlDriverError({ message: 'the batch was committed without this row', errno }, { phase: 'open' }),
    ]),
  )
}

/** Deletes what is older than any attempt can be. */
export function pruneStatement(olderThanMs: number): Statement {
  const micros = Math.round(olderThanMs * 1_000)
  return {
    text: `delete from ${table} where committed_at < current_timestamp(3) - interval ${micros} microsecond`,
  }
}

/** The server's number, or that of a value that its column does not take: the driver's own refusals have none. */
function errnoOf(cause: unknown): number {
  return MysqlDriverError.is(cause) && cause.errno !== undefined ? cause.errno : 1366
}
