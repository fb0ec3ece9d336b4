import type { ServerFacts } from './wire/server-facts.ts'

export interface ScopeOptions {
  /** Milliseconds that the statement may take. */
  readonly statementTimeoutMs: number | undefined
  /** It writes moments that the server reads in the session's time zone. */
  readonly hasTimestamps: boolean
}

/** What stands before a statement so that it runs under settings of its own; those of the session stay as they are. Only
 * MariaDB has that (https://mariadb.com/kb/en/set-statement/). MySQL has no limit for the time of an INSERT, and reads the
 * offset that stands behind each moment. */
export function scopeOf(server: ServerFacts, { statementTimeoutMs, hasTimestamps }: ScopeOptions): string {
  if (server.flavour !== 'mariadb') return ''
  // A shorter limit of the user or the server stays.
  const isLimited = statementTimeoutMs !== undefined && statementTimeoutMs < server.statementTimeoutMs
  const settings = [
    ...(isLimited ? [`max_statement_time=${statementTimeoutMs / 1_000}`] : []),
    ...(hasTimestamps && !server.isUtc ? [`time_zone='+00:00'`] : []),
  ]
  return settings.length === 0 ? '' : `set statement ${settings.join(', ')} for `
}
