import { BatchFlowError, type ClaimedPosition, type Position } from '@batchflow/core'
import { MysqlDriverError } from './driver-error.ts'
import { literalOf } from './types/index.ts'
import { type Session, type Statement, unchangedCode } from './wire/session.ts'

const table = 'batchflow_positions'

/** The SQL that makes the table for batches with a position, once per database: how far each source has been written, and
 * who may go on. A statement of its own beside that of `ledgerTable`, for connections take one at a time as a rule.
 *
 * @example
 * ```ts
 * await pool.query(ledgerTable)
 * await pool.query(positionTable)
 * ``` */
export const positionTable: string = `create table if not exists ${table} (
  source varchar(255) character set utf8mb4 collate utf8mb4_bin primary key,
  last varchar(255) character set utf8mb4 collate utf8mb4_bin not null default '',
  epoch bigint not null default 1
) engine=innodb`

/** Advances the position, or fails. Goes to the end of its transaction, from where on a claim waits for the commit: whoever
 * stalls before it finds a newer epoch, and nobody waits for a writer that died among its rows. */
export function advance({ source, last, epoch }: Position): Statement {
  const id = literalOf(last)
  return {
    text:
      `update ${table} set last = ${id} ` +
      `where source = ${literalOf(source)} and last < ${id} and epoch = ${literalOf(epoch)}`,
    changes: true,
  }
}

/** The position cannot advance to where the batch ends. */
export function isStuck(error: unknown): boolean {
  return MysqlDriverError.is(error) && error.code === unchangedCode
}

/** Whether the batch was committed before.
 *
 * @throws BatchFlowError `BATCHFLOW_FENCED` when it was not, and its writer is not the last one to claim the source */
export async function wasCommitted(session: Session, position: Position): Promise<boolean> {
  const { source, last, epoch } = position
  const text =
    `select last >= ${literalOf(last)} as done, epoch = ${literalOf(epoch)} as held ` +
    `from ${table} where source = ${literalOf(source)}`
  const [answer] = await session.run([{ text }], { commits: false })
  const { done, held } = answer?.rows[0] ?? {}
  if (Number(done) !== 1 && Number(held) !== 1) throw fenced(position)
  return Number(done) === 1
}

/** What a writer hears whose source is another one's by now, or nobody's. */
export function fenced({ epoch }: Position): BatchFlowError {
  return new BatchFlowError(
    'BATCHFLOW_FENCED',
    `position.epoch must be what the last claimPosition of its source answered, got ${epoch}`,
  )
}

/** Makes the source the caller's. Waits for a batch of an earlier one that is being committed. */
export async function claim(session: Session, source: string): Promise<ClaimedPosition> {
  const name = literalOf(source)
  const [, answer] = await session.run(
    [
      {
        text: `insert into ${table} (source) values (${name}) on duplicate key update epoch = epoch + 1`,
      },
      // MySQL's INSERT answers with no columns. The row is locked until the end.
      { text: `select epoch, last from ${table} where source = ${name}` },
    ],
    { commits: true },
  )
  const { epoch, last } = answer?.rows[0] ?? {}
  return { epoch: Number(epoch), last: last === '' ? undefined : (last as string) }
}
