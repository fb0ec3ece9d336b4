import { BatchFlowError } from '@batchflow/core'
import type { Statement } from './wire/session.ts'

/** How far an attempt had come when its connection failed: nothing was sent; a transaction was open, which the server
 * rolls back; a statement that commits itself was sent; or the COMMIT of a transaction was. Of the last two nobody knows
 * whether they came to their end. */
export type Phase = 'unsent' | 'open' | 'autocommit' | 'committing'

/** Where in an attempt an error came up. */
export interface Circumstances {
  /** How far the attempt had come. */
  readonly phase: Phase
  /** 0-based place in the batch of the row that the server named. */
  readonly row?: number
}

/** The statements that failed, which hold values of rows and are nobody else's business. */
const statements = new WeakMap<MysqlDriverError, Statement>()

/** Remembers the statement that an error came from. */
export function failedAt(statement: Statement | undefined, error: MysqlDriverError): MysqlDriverError {
  if (statement !== undefined) statements.set(error, statement)
  return error
}

/** The statement that an error came from. */
export function statementOf(error: MysqlDriverError): Statement | undefined {
  return statements.get(error)
}

/** What the server or the connection said, without the values that servers quote in their messages.
 *
 * `original` is the client's own error, with the values, and with the statement in its `sql`: it is a getter of the class,
 * so that neither loggers nor `JSON.stringify` come across it. */
export class MysqlDriverError extends Error {
  /** The server's number of the error; absent where the connection failed, or the client did. */
  declare readonly errno?: number
  /** SQLSTATE of the server's error. */
  declare readonly sqlState?: string
  /** The code of a network error, or of the client's; absent where the client gives none. */
  declare readonly code?: string
  /** How far the attempt had come. */
  readonly phase: Phase
  /** The unique index of a duplicate key. */
  declare readonly key?: string
  /** 0-based place in the batch of the row that the server named. */
  declare readonly row?: number
  readonly #original: unknown

  constructor(original: unknown, { phase, row }: Circumstances) {
    const { errno, sqlState, code, message } = fieldsOf(original)
    const key = errno === undefined ? undefined : keyOf(errno, message)
    super(errno === undefined ? message : serverMessage(errno, message, key))
    this.name = 'MysqlDriverError'
    this.phase = phase
    if (errno !== undefined) this.errno = errno
    if (sqlState !== undefined) this.sqlState = sqlState
    if (code !== undefined) this.code = code
    if (key !== undefined) this.key = key
    if (row !== undefined) this.row = row
    this.#original = original
  }

  /** The client's own error. It quotes values of the row. */
  get original(): unknown {
    return this.#original
  }

  /** An error of the client as one of the driver; what the driver has worded itself stays as it is. */
  static of(error: unknown, circumstances: Circumstances): unknown {
    return MysqlDriverError.is(error) || BatchFlowError.is(error)
      ? error
      : new MysqlDriverError(error, circumstances)
  }

  static is(error: unknown): error is MysqlDriverError {
    return typeof error === 'object' && error !== null && #original in error
  }
}

interface Fields {
  readonly errno: number | undefined
  readonly sqlState: string | undefined
  readonly code: string | undefined
  readonly message: string
}

/** mysql2 gives network errors a negative errno, and errors of the server a code that is a guess where MariaDB's numbers
 * differ from MySQL's. */
function fieldsOf(error: unknown): Fields {
  const given = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const { errno, sqlState, code, message } = given
  const isServers = typeof errno === 'number' && errno > 0
  return {
    errno: isServers ? errno : undefined,
    sqlState: isServers && typeof sqlState === 'string' && sqlState !== '' ? sqlState : undefined,
    code: !isServers && typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : 'the connection failed',
  }
}

/** Errors whose messages name objects, rules and states, never values
 * (https://mariadb.com/kb/en/mariadb-error-code-reference/). */
const speaking = new Set([
  // Names, rights and servers.
  1040, 1044, 1045, 1046, 1049, 1053, 1130, 1142, 1143, 1146, 1203, 1226, 1227, 1698,
  // Locks, limits and states.
  1020, 1021, 1114, 1205, 1206, 1213, 1290, 1317, 1461, 1637, 1792, 1836, 1927, 1969, 3024, 4031,
  // Rules that a row breaks, and columns.
  1048, 1216, 1217, 1264, 1265, 1364, 1406, 1451, 1452, 3819, 4025,
  // Sizes.
  1118, 1153, 1390,
])

/** Another unique index than that of the conflict found a row: what the guard of an upsert raises (see dialect.ts). */
export const otherKeyErrno = 1242

function serverMessage(errno: number, message: string, key: string | undefined): string {
  if (speaking.has(errno)) return `${message} (errno ${errno})`
  if (errno === otherKeyErrno)
    return `a unique index other than conflict.columns has this row already (errno ${errno})`
  if (key !== undefined) return `duplicate entry for key ${key} (errno ${errno})`
  const column = /for column [`'](?:[^`']+`\.`[^`']+`\.`)?([^`']+)[`'] at row \d+$/.exec(message)?.[1]
  return `the server refused a row or a statement${column === undefined ? '' : ` (column ${column})`} (errno ${errno})`
}

/** The key of `Duplicate entry 'x' for key 'users.email'`, in whatever language: the last text in quotes. */
function keyOf(errno: number, message: string): string | undefined {
  if (errno !== 1062) return undefined
  const quoted = /'([^']+)'[^']*$/.exec(message)?.[1]
  return quoted?.slice(quoted.lastIndexOf('.') + 1)
}
