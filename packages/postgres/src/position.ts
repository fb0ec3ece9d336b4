import { BatchFlowError, type ClaimedPosition, type Position } from '@batchflow/core'
import { PostgresDriverError } from './driver-error.ts'
import type { Session, Statement } from './wire/session.ts'

export const positionTable = 'batchflow_positions'

/** The SQL of the table: how far each source has been written, and who may go on. Ids are compared byte by byte; the empty
 * text, which is none, comes before all of them. */
export const positionTableText: string = `create table if not exists ${positionTable} (
  source text primary key,
  last text collate "C" not null default '',
  epoch bigint not null default 1
)`

/** Advances the position, or fails: by inserting a row without a source, so that the error names this table, as none about a
 * row of the batch does. Goes to the end of its transaction, from where on a claim waits for the commit: whoever stalls before
 * it finds a newer epoch, and nobody waits for a writer that died among its rows. */
export function advance({ source, last, epoch }: Position): Statement {
  return {
    text:
      `with advanced as (update ${positionTable} set last = $2 ` +
      'where source = $1 and last < $2 and epoch = $3::bigint returning 1) ' +
      `insert into ${positionTable} (source) select null where not exists (select 1 from advanced)`,
    values: [source, last, String(epoch)],
  }
}

/** The position cannot advance to where the batch ends. */
export function isStuck(error: unknown): boolean {
  return PostgresDriverError.is(error) && error.code === '23502' && error.table === positionTable
}

/** Whether the batch was committed before.
 *
 * @throws BatchFlowError `BATCHFLOW_FENCED` when it was not, and its writer is not the last one to claim the source */
export async function wasCommitted(session: Session, position: Position): Promise<boolean> {
  const { source, last, epoch } = position
  const text =
    `select (last >= $2)::text as done, (epoch = $3::bigint)::text as held ` +
    `from ${positionTable} where source = $1`
  const statement = { text, values: [source, last, String(epoch)], returns: true }
  const [answer] = await session.run([statement], { commits: false })
  const { done, held } = answer?.rows[0] ?? {}
  if (done !== 'true' && held !== 'true') throw fenced(position)
  return done === 'true'
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
  const text =
    `insert into ${positionTable} as held (source) values ($1) ` +
    `on conflict (source) do update set epoch = held.epoch + 1 returning epoch::text as epoch, last`
  const [answer] = await session.run([{ text, values: [source], returns: true }], { commits: true })
  const { epoch, last } = answer?.rows[0] ?? {}
  return { epoch: Number(epoch), last: last === '' ? undefined : (last as string) }
}
