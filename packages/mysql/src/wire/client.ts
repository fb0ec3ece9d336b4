import type { CommandConnection } from './execute-command.ts'

/** What this driver uses of a connection of mysql2, in its callback form. */
export interface MysqlConnection extends CommandConnection {
  readonly serverCapabilityFlags?: number
  readonly threadId?: number | null
  readonly config?: MysqlConfig
  readonly stream?: { destroy?(): void }
  query(options: QueryOptions, callback: ResultCallback): unknown
  prepare(
    text: string,
    callback: (error: Error | null | undefined, statement: PreparedStatement) => void,
  ): unknown
  unprepare(text: string): unknown
  on(event: 'error', listener: (error: unknown) => void): unknown
  removeListener(event: 'error', listener: (error: unknown) => void): unknown
  release(): void
}

export interface QueryOptions extends Readonly<typeof plainQuery> {
  readonly sql: string
}

/** A statement that is sent as it is and answered by objects, whatever the connection is set to. */
export const plainQuery = {
  // mysql2 looks for no placeholders in the text, of either kind.
  values: null,
  namedPlaceholders: false,
  rowsAsArray: false,
  nestTables: false,
  typeCast: true,
  // A server that asks for a file of this machine gets none.
  infileStreamFactory: undefined,
} as const

/** mysql2 keeps it, with more; all that matters here is what the server calls it. */
export interface PreparedStatement {
  readonly id: number
}

/** `result` is an array of rows, or a header with counts. */
export type ResultCallback = (error: Error | null | undefined, result?: unknown) => void

/** What this driver reads of the settings of a connection. */
export interface MysqlConfig {
  readonly infileStreamFactory?: unknown
  readonly queryFormat?: unknown
  readonly clientFlags?: number
}

/** What this driver uses of a pool of mysql2, in its callback or its promise form. */
export interface MysqlClientPool {
  getConnection(
    callback: (error: Error | null | undefined, connection: MysqlConnection) => void,
  ): PromiseLike<PromiseConnection> | undefined
  readonly config?: {
    readonly connectionLimit?: number
    readonly resetOnRelease?: boolean
    readonly connectionConfig?: MysqlConfig
  }
  readonly _allConnections?: { readonly length: number }
  readonly _freeConnections?: { readonly length: number }
  readonly _connectionQueue?: { readonly length: number }
}

/** mysql2's promise form, which wraps the other. */
export interface PromiseConnection {
  readonly connection: MysqlConnection
}
