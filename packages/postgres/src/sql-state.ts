/** SQLSTATEs have a digit, and codes of Node (`EPIPE`) have none. */
export function isState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code)
}

/** What ends the connection itself, or comes with its end: without an answer to a COMMIT it says nothing about it. */
const endings = new Set(['57P01', '57P02', '57P04', '08000', '08003', '08006'])

/** Ends of connections before which nothing can have been committed: time-outs of idle sessions, a server that starts. */
const harmlessEndings = new Set(['57P03', '57P05', '25P03'])

/** What an error of a server or of pg says of itself. */
export interface ErrorFields {
  readonly code?: unknown
  readonly severity?: unknown
  readonly routine?: unknown
  readonly where?: unknown
}

/** The fields of whatever was thrown. */
export function errorFields(error: unknown): ErrorFields {
  return typeof error === 'object' && error !== null ? error : {}
}

/** The connection ended, and what was under way may have been done. Poolers have one code for all that goes wrong
 * between them and the server (PgBouncer: 08P01), and only its severity tells it from a message that nobody understands:
 * that one is an ERROR. */
export function endsConnection({ code, severity }: ErrorFields): boolean {
  if (typeof code !== 'string' || !isState(code)) return true
  return endings.has(code) || (code.startsWith('08') && severity === 'FATAL')
}

/** The connection is of no use any more: it ended, or it is busy with what its client has given up (pg's
 * `query_timeout`), or it leads to a server that takes no writes, and after a failover the next one leads elsewhere. */
export function isLost(error: unknown): boolean {
  const fields = errorFields(error)
  if (endsConnection(fields)) return true
  const { code, severity } = fields as { readonly code: string; readonly severity?: unknown }
  return severity === 'FATAL' || harmlessEndings.has(code) || code === '25006'
}
