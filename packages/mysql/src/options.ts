import { BatchFlowError, describeValue } from '@batchflow/core'
import type { MysqlClientPool, MysqlConfig } from './wire/client.ts'
import { PoolSessions } from './wire/pool-sessions.ts'
import { type AnyKysely, QuerySessions } from './wire/query-sessions.ts'
import type { Sessions } from './wire/session.ts'

/** How rows are sent.
 *
 * - `prepared`: batches of a usual number of rows by a prepared statement, others as text
 * - `text`: all as text, with the values in it, for poolers and proxies that do not pass prepared statements on */
export type Protocol = 'prepared' | 'text'

/** A pool of mysql2: of its promise form (`mysql2/promise`) or of its callback form. */
export interface MysqlPool {
  getConnection(callback?: (error: never, connection: never) => void): unknown
}

interface CommonOptions {
  /** How rows are sent. @defaultValue `'prepared'` with a pool, `'text'` with Kysely */
  readonly protocol?: Protocol
  /** Writes the id of each batch in the same transaction, so that a batch whose COMMIT was not answered is not written
   * twice; takes batches with a position. Needs the table of {@link ledgerTable}, for positions that of
   * {@link positionTable}, too, and three more round trips a batch. @defaultValue `false` */
  readonly ledger?: boolean
}

/** Where the database is, and how it is written to. */
export type MysqlOptions = CommonOptions &
  (
    | {
        /** A pool of mysql2, of either form. You open it and you end it. */
        readonly pool: MysqlPool
        readonly db?: never
      }
    | {
        /** A Kysely instance with a MySQL dialect. You open it and you destroy it. It prepares nothing, and a statement that
         * hangs is ended by MariaDB's `max_statement_time` alone. */
        readonly db: AnyKysely
        readonly pool?: never
      }
  )

/** The options, checked, with their defaults. */
export interface Settings {
  readonly sessions: Sessions
  readonly ledger: boolean
}

const names = ['pool', 'db', 'protocol', 'ledger']
const protocols: readonly unknown[] = ['prepared', 'text']

/** Checks the options of the factory and resolves their defaults.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkOptions(options: MysqlOptions): Settings {
  if (typeof options !== 'object' || options === null) return refuse('options', 'an object', options)
  for (const option of Object.keys(options))
    if (!names.includes(option)) refuse('options', `only ${names.join(', ')}`, option)
  const { pool, db, ledger = false } = options
  if ((pool === undefined) === (db === undefined))
    return refuse('options', 'with either pool or db', pool === undefined ? 'neither' : 'both')
  const { protocol = db === undefined ? 'prepared' : 'text' } = options
  if (!protocols.includes(protocol)) return refuse('protocol', `'prepared' or 'text'`, protocol)
  if (typeof ledger !== 'boolean') return refuse('ledger', 'true or false', ledger)
  if (db !== undefined && protocol === 'prepared')
    return refuse('protocol', `'text' with db, for Kysely prepares nothing`, protocol)
  return { sessions: sessionsOf(pool, db, protocol), ledger }
}

function sessionsOf(pool: MysqlPool | undefined, db: AnyKysely | undefined, protocol: Protocol): Sessions {
  if (pool !== undefined) {
    if (typeof (pool as Partial<MysqlPool> | null)?.getConnection !== 'function')
      return refuse('pool', 'a pool of mysql2', pool)
    return new PoolSessions(checkedPool(pool), { prepares: protocol === 'prepared' })
  }
  if (typeof (db as Partial<AnyKysely> | null | undefined)?.connection !== 'function')
    return refuse('db', 'a Kysely instance', db)
  return new QuerySessions(db as AnyKysely)
}

/** CLIENT_LOCAL_FILES (https://mariadb.com/kb/en/connection/#capabilities). */
const localFilesFlag = 128

/** The pool in its callback form, which the other wraps. Settings by which a statement could become another one, or a
 * server could read this machine's files, are refused. */
function checkedPool(pool: MysqlPool): MysqlClientPool {
  const { pool: inner } = pool as { readonly pool?: MysqlClientPool }
  const client = typeof inner?.getConnection === 'function' ? inner : (pool as unknown as MysqlClientPool)
  const {
    infileStreamFactory,
    queryFormat,
    clientFlags = 0,
  }: MysqlConfig = client.config?.connectionConfig ?? {}
  if (queryFormat !== undefined)
    return refuse('pool', 'without queryFormat, which would change statements', pool)
  if (infileStreamFactory !== undefined && (clientFlags & localFilesFlag) !== 0)
    return refuse('pool', `without infileStreamFactory, or with flags: ['-LOCAL_FILES']`, pool)
  return client
}

function refuse(option: string, rule: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${option} must be ${rule}, got ${describeValue(got)}`)
}
