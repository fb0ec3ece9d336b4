import { BatchFlowError } from '@batchflow/core'
import { PostgresDriverError } from './driver-error.ts'
import { positionTable, positionTableText } from './position.ts'
import type { Session, Statement } from './wire/session.ts'

const table = 'batchflow_ledger'

/** The SQL that makes the tables of `ledger: true`, once per database (in the schema that the connections look in first).
 * A batch's id is written to one of them in the batch's own transaction; how far a durable source has been written, to the
 * other.
 *
 * @example
 * ```ts
 * await pool.query(ledgerTable)
 * ``` */
export const ledgerTable: string = `create table if not exists ${table} (
  id text primary key,
  committed_at timestamptz not null default now(),
  refused jsonb
);
create index if not exists ${table}_committed_at on ${table} using brin (committed_at);
${positionTableText}`

/** A bad row of a batch that was committed without it. */
interface RefusedRow {
  readonly index: number
  readonly code: string
}

/** Bad rows of a batch, by place, with their errors. */
export type Refusals = ReadonlyMap<number, unknown>

/** Fails when the batch was committed before; waits while another attempt at it is under way. Keeps what became of its bad
 * rows: a repeated attempt has to answer the same. */
export function mark(batch: string, refused: Refusals): Statement {
  return refused.size === 0
    ? { text: `insert into ${table} (id) values ($1)`, values: [batch] }
    : { text: `insert into ${table} (id, refused) values ($1, $2)`, values: [batch, textOf(refused)] }
}

/** For bad rows that are found behind the mark. */
export function markRefused(batch: string, refused: Refusals): Statement {
  return { text: `update ${table} set refused = $2 where id = $1`, values: [batch, textOf(refused)] }
}

function textOf(refused: Refusals): string {
  return JSON.stringify([...refused].map(([index, cause]): RefusedRow => ({ index, code: codeOf(cause) })))
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when the connection does not see the ledger's tables */
export async function checkLedger(session: Session): Promise<void> {
  const text =
    `select name from (values ('${table}'), ('${positionTable}')) as needed (name) ` +
    'where pg_catalog.to_regclass(name) is null order by name'
  const [answer] = await session.run([{ text, returns: true }], { commits: false })
  const missing = answer?.rows[0]?.['name'] as string | undefined
  if (missing === undefined) return
  throw new BatchFlowError(
    'BATCHFLOW_INVALID_OPTION',
    `ledger must be false without the table ${missing}, which is not there: run the SQL of ledgerTable once`,
  )
}

/** The batch is in the ledger already. */
export function isMarked(error: unknown): boolean {
  return PostgresDriverError.is(error) && error.code === '23505' && error.constraint === `${table}_pkey`
}

/** The bad rows of a batch that was committed, by place. */
export async function refusedRows(
  session: Session,
  batch: string,
): Promise<ReadonlyMap<number, PostgresDriverError>> {
  const text = `select refused::text as refused from ${table} where id = $1`
  const [answer] = await session.run([{ text, values: [batch], returns: true }], { commits: false })
  const refused = answer?.rows[0]?.['refused']
  const rows = typeof refused === 'string' ? (JSON.parse(refused) as readonly RefusedRow[]) : []
  return new Map(
    rows.map(({ index, code }) => [
      index,
      new PostgresDriverError({ message: 'the batch was committed without this row', code }, 'open'),
    ]),
  )
}

/** Deletes what is older than any attempt can be. */
export function pruneStatement(olderThanMs: number): Statement {
  return {
    text:
      `with pruned as (delete from ${table} where committed_at < now() - $1::float8 * interval '1 ms' returning 1) ` +
      'select count(*)::text as rows from pruned',
    values: [String(olderThanMs)],
    returns: true,
  }
}

function codeOf(cause: unknown): string {
  return PostgresDriverError.is(cause) && cause.code !== undefined ? cause.code : '22000'
}
