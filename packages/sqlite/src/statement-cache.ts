import type Database from 'better-sqlite3'

/** Prepared statements kept: 16 column sets with 3 row counts each, of two tables, and some room. */
const maxStatements = 128

/** Prepared statements of a connection by their texts; those that were not used for longest are forgotten. */
export class StatementCache {
  readonly #db: Database.Database
  readonly #textOf: (text: string) => string
  readonly #statements = new Map<string, Database.Statement>()
  /** A batch mostly needs one several times. */
  #last: { readonly text: string; readonly statement: Database.Statement } | undefined

  /** @param textOf What is prepared for a text. */
  constructor(db: Database.Database, textOf: (text: string) => string = (text) => text) {
    this.#db = db
    this.#textOf = textOf
  }

  get(text: string): Database.Statement {
    if (this.#last?.text !== text) this.#last = { text, statement: this.#found(text) }
    return this.#last.statement
  }

  #found(text: string): Database.Statement {
    const known = this.#statements.get(text)
    const statement = known ?? this.#db.prepare(this.#textOf(text))
    // The least recently used one is first.
    if (known) this.#statements.delete(text)
    else if (this.#statements.size === maxStatements) this.#forgetOldest()
    this.#statements.set(text, statement)
    return statement
  }

  forget(text: string): void {
    this.#statements.delete(text)
    this.#last = undefined
  }

  #forgetOldest(): void {
    const [oldest] = this.#statements.keys()
    if (oldest !== undefined) this.#statements.delete(oldest)
  }
}
