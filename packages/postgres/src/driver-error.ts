import { errorFields, isState } from './sql-state.ts'

/** How far an attempt had come when its connection failed: nothing was sent; a transaction was open, which the server
 * rolls back; or the end of a transaction was sent, and nobody knows whether it was reached. */
export type Phase = 'unsent' | 'open' | 'committing'

/** SQLSTATE classes whose messages name objects and rules, never values
 * (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
const speakingClasses = new Set(['08', '0A', '25', '28', '3D', '3F', '40', '42', '53', '54', '57', '58'])

/** Single codes of that kind in the other classes. */
const speakingCodes = new Set([
  '22001',
  '23502',
  '23503',
  '23505',
  '23514',
  '23P01',
  '26000',
  '55000',
  '55006',
  '55P03',
])

/** What the server or the connection said, without the values that PostgreSQL quotes in its messages.
 *
 * `original` is the client's own error, with detail and values: it is a getter of the class, so that neither loggers nor
 * `JSON.stringify` come across it. */
export class PostgresDriverError extends Error {
  /** SQLSTATE, or the code of a network error; absent where the client gives none. */
  declare readonly code?: string
  /** How far the attempt had come. */
  readonly phase: Phase
  declare readonly table?: string
  declare readonly column?: string
  declare readonly constraint?: string
  /** 0-based place in the batch of the row that the server named. */
  declare readonly row?: number
  readonly #original: unknown

  constructor(original: unknown, phase: Phase, row?: number) {
    const fields = fieldsOf(original)
    const { code, table, column, constraint } = fields
    super(safeMessage(fields))
    this.name = 'PostgresDriverError'
    this.phase = phase
    if (code !== undefined) this.code = code
    if (table !== undefined) this.table = table
    if (column !== undefined) this.column = column
    if (constraint !== undefined) this.constraint = constraint
    if (row !== undefined) this.row = row
    this.#original = original
  }

  /** The client's own error. It may quote values of the row. */
  get original(): unknown {
    return this.#original
  }

  static is(error: unknown): error is PostgresDriverError {
    return typeof error === 'object' && error !== null && #original in error
  }
}

interface Fields {
  readonly code: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
  readonly constraint: string | undefined
  readonly message: string
  /** Raised inside of a function or trigger, which words its messages as it likes, whatever the code. */
  readonly isWorded: boolean
}

function fieldsOf(error: unknown): Fields {
  const given = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined)
  return {
    code: text('code'),
    table: text('table'),
    column: text('column'),
    constraint: text('constraint'),
    message: text('message') ?? 'the connection failed',
    isWorded: isFunction(errorFields(error).where),
  }
}

/** `COPY items, line 3` is where a row stands; anything else is a function. */
function isFunction(where: unknown): boolean {
  return typeof where === 'string' && !where.startsWith('COPY ')
}

function safeMessage({ code, table, column, constraint, message, isWorded }: Fields): string {
  // Network and client errors name hosts and states only.
  if (code === undefined || !isState(code)) return message
  const isSpeaking = speakingCodes.has(code) || speakingClasses.has(code.slice(0, 2))
  if (isSpeaking && !isWorded) return `${message} (SQLSTATE ${code})`
  const where = [
    column !== undefined && `column ${column}`,
    constraint !== undefined && `constraint ${constraint}`,
    table !== undefined && `table ${table}`,
  ].filter((part) => part !== false)
  const what = isWorded ? 'a function or trigger of the database failed' : 'the server refused a row'
  return `${what}${where.length > 0 ? ` (${where.join(', ')})` : ''} (SQLSTATE ${code})`
}
