import type { MysqlConnection, PreparedStatement } from './client.ts'

/** The most statements that a connection keeps prepared; one of a thousand rows takes some megabytes of the server. */
export const maxPrepared = 16

/** The prepared statements of one connection. They live as long as it does; of too many the one that was used least lately
 * is closed. */
export class PreparedStatements {
  readonly #connection: MysqlConnection
  /** By text, in the order of their last use. */
  readonly #statements = new Map<string, PreparedStatement>()

  constructor(connection: MysqlConnection) {
    this.#connection = connection
  }

  async get(text: string): Promise<PreparedStatement> {
    const statement = this.#statements.get(text) ?? (await this.#prepare(text))
    this.#statements.delete(text)
    this.#statements.set(text, statement)
    return statement
  }

  /** The server does not know them any more: somebody has reset the session. */
  forget(): void {
    for (const text of this.#statements.keys()) this.#connection.unprepare(text)
    this.#statements.clear()
  }

  /** Lets the server check a text. */
  async check(text: string): Promise<void> {
    await this.#prepare(text)
    if (!this.#statements.has(text)) this.#connection.unprepare(text)
  }

  async #prepare(text: string): Promise<PreparedStatement> {
    const [oldest] = this.#statements.keys()
    if (oldest !== undefined && this.#statements.size === maxPrepared) {
      this.#statements.delete(oldest)
      this.#connection.unprepare(oldest)
    }
    return await new Promise((resolve, reject) => {
      this.#connection.prepare(text, (error, statement) => {
        // mysql2 gives an error, or null.
        if (error === null || error === undefined) resolve(statement)
        else reject(error)
      })
    })
  }
}
