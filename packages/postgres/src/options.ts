import { BatchFlowError, describeValue } from '@batchflow/core'
import { PoolSessions, type PgPool } from './wire/pool-sessions.ts'
import { type AnyKysely, QuerySessions } from './wire/query-sessions.ts'
import type { Sessions } from './wire/session.ts'

/** How rows of a plain insert and of an upsert are sent.
 *
 * - `auto`: `copy` where it can be done and pays, else `unnest`
 * - `unnest`: one array per column, `INSERT … SELECT … FROM unnest(…)`
 * - `copy`: binary COPY for plain inserts into tables whose types have a binary form here; `unnest` for everything else
 * - `values`: `INSERT … VALUES (…), (…)` with a parameter per value, for servers that are PostgreSQL by name only */
export type Strategy = 'auto' | 'unnest' | 'copy' | 'values'

/** A `Pool` of pg: all that this driver asks of it. */
export interface PostgresPool {
  connect(): Promise<{ query(config: object): unknown; release(error?: Error | boolean): void }>
}

interface CommonOptions {
  /** How rows are sent. @defaultValue `'auto'` */
  readonly strategy?: Strategy
  /** Prepares each statement once per connection, under a name: up to 5 % faster, and not for a pooler in transaction
   * mode (PgBouncer before 1.21). @defaultValue `false` */
  readonly prepared?: boolean
  /** Writes the id of each batch in the same transaction, so that a batch whose COMMIT was not answered is not written
   * twice; takes batches with a position. Needs the tables of {@link ledgerTable}. @defaultValue `false` */
  readonly ledger?: boolean
}

/** Where the database is, and how it is written to. */
export type PostgresOptions = CommonOptions &
  (
    | {
        /** A `Pool` of pg. You open it and you end it. */
        readonly pool: PostgresPool
        readonly db?: never
      }
    | {
        /** A Kysely instance with a PostgreSQL dialect. You open it and you destroy it. It has no COPY, each batch takes
         * three round trips, and a statement that hangs is ended by the server's `statement_timeout` alone. */
        readonly db: AnyKysely
        readonly pool?: never
      }
  )

/** The options, checked, with their defaults. */
export interface Settings {
  readonly sessions: Sessions
  readonly strategy: Strategy
  readonly prepared: boolean
  readonly ledger: boolean
}

const names = ['pool', 'db', 'strategy', 'prepared', 'ledger']
const strategies: readonly unknown[] = ['auto', 'unnest', 'copy', 'values']

/** Checks the options of the factory and resolves their defaults.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkOptions(options: PostgresOptions): Settings {
  if (typeof options !== 'object' || options === null) return refuse('options', 'an object', options)
  for (const option of Object.keys(options))
    if (!names.includes(option)) refuse('options', `only ${names.join(', ')}`, option)
  const { pool, db, strategy = 'auto', prepared = false, ledger = false } = options
  if ((pool === undefined) === (db === undefined))
    return refuse('options', 'with either pool or db', pool === undefined ? 'neither' : 'both')
  if (!strategies.includes(strategy))
    return refuse('strategy', `'auto', 'unnest', 'copy' or 'values'`, strategy)
  if (typeof prepared !== 'boolean') return refuse('prepared', 'true or false', prepared)
  if (typeof ledger !== 'boolean') return refuse('ledger', 'true or false', ledger)
  if (db !== undefined && strategy === 'copy')
    return refuse('strategy', `'auto', 'unnest' or 'values' with db, for Kysely has no COPY`, strategy)
  if (db !== undefined && prepared)
    return refuse('prepared', 'false with db, for Kysely prepares nothing', prepared)
  return { sessions: sessionsOf(pool, db), strategy, prepared, ledger }
}

function sessionsOf(pool: PostgresPool | undefined, db: AnyKysely | undefined): Sessions {
  if (pool !== undefined) {
    if (typeof (pool as Partial<PostgresPool> | null)?.connect !== 'function')
      return refuse('pool', 'a Pool of pg', pool)
    return new PoolSessions(pool as unknown as PgPool)
  }
  if (typeof (db as Partial<AnyKysely> | null | undefined)?.connection !== 'function')
    return refuse('db', 'a Kysely instance', db)
  return new QuerySessions(db as AnyKysely)
}

function refuse(option: string, rule: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${option} must be ${rule}, got ${describeValue(got)}`)
}
