import { CompiledQuery, type Kysely } from 'kysely'
import { MysqlDriverError } from '../driver-error.ts'
import { factsQuery, type ServerFacts, serverFacts } from './server-facts.ts'
import type { Session, Sessions, Statement } from './session.ts'
import { type Line, type Reply, StatementSession } from './statement-session.ts'

/** What this driver uses of Kysely: one connection for several queries. */
// oxlint-disable-next-line typescript/no-explicit-any -- any database type will do
export type AnyKysely = Kysely<any>

/** Connections of a Kysely instance, whatever client is behind it: no prepared statements, and nobody to kill a statement
 * that hangs. */
export class QuerySessions implements Sessions {
  readonly max = undefined
  readonly #db: AnyKysely
  #server: ServerFacts | undefined

  constructor(db: AnyKysely) {
    this.#db = db
  }

  async use<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    let isConnected = false
    const working = this.#db.connection().execute(async (connection) => {
      isConnected = true
      const line = lineOf(connection)
      const server = (this.#server ??= await askServer(line, signal))
      const session = new StatementSession(line, server, signal)
      try {
        return await work(session)
      } finally {
        await session.end()
      }
    })
    try {
      return await orLate(working, signal, () => isConnected)
    } catch (error) {
      throw isConnected ? error : MysqlDriverError.of(error, { phase: 'unsent' })
    }
  }
}

/** A pool under Kysely without a time-out of its own makes its callers wait for ever. */
async function orLate<T>(working: Promise<T>, signal: AbortSignal, isConnected: () => boolean): Promise<T> {
  let stopListening = () => {}
  const late = new Promise<never>((_, reject) => {
    const onAbort = () => {
      if (isConnected()) return
      const error = { message: 'no connection came free in time', code: 'ETIMEDOUT' }
      reject(new MysqlDriverError(error, { phase: 'unsent' }))
    }
    signal.addEventListener('abort', onAbort)
    stopListening = () => signal.removeEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([working, late])
  } finally {
    stopListening()
  }
}

async function askServer(line: Line, signal: AbortSignal): Promise<ServerFacts> {
  signal.throwIfAborted()
  try {
    const { rows } = await line.send({ text: factsQuery })
    return serverFacts(rows)
  } catch (error) {
    throw MysqlDriverError.of(error, { phase: 'unsent' })
  }
}

function lineOf(connection: Pick<AnyKysely, 'executeQuery'>): Line {
  return {
    async send({ text }: Statement): Promise<Reply> {
      const { rows, numAffectedRows } = await connection.executeQuery(CompiledQuery.raw(text))
      return { rows: rows as Reply['rows'], affectedRows: Number(numAffectedRows ?? 0) }
    },
  }
}
