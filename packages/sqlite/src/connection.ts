import type DatabaseConstructor from 'better-sqlite3'
import { statSync } from 'node:fs'
import { BatchWriter } from './batch-writer.ts'
import { describeTable } from './describe-table.ts'
import { optionError, plainError } from './plain-error.ts'
import type { EncodedRows, RowFailure, TableDescription, WorkerSettings } from './protocol.ts'

/** Milliseconds that opening waits for other connections. */
const openTimeoutMs = 1_000
/** Milliseconds of one wait for the write lock; the batch writer makes ten of them. */
const busyTimeoutMs = 100
/** Milliseconds between two looks whether the file is still in its place. */
const lookEveryMs = 10

interface Open {
  readonly db: DatabaseConstructor.Database
  readonly writer: BatchWriter
  /** What the file was when it was opened. */
  readonly identity: string | undefined
}

/** The worker's one connection to the database.
 *
 * - closed: nothing is open; the next call opens, and after a failure the one after it tries again
 * - open: WAL and the synchronous level are set, `setup` has run; no transaction between calls */
export class Connection {
  readonly #settings: WorkerSettings
  readonly #load: () => typeof DatabaseConstructor
  #open: Open | undefined
  /** When the file was last seen in its place. */
  #lookedAt = -Infinity

  constructor(settings: WorkerSettings, load: () => typeof DatabaseConstructor) {
    this.#settings = settings
    this.#load = load
  }

  describe(table: string, schema: string | undefined): TableDescription | undefined {
    // Somebody may have put another file in the place of the one that is open: that is the one to look at.
    if (this.#open !== undefined && this.#identity() !== this.#open.identity) this.close()
    return describeTable(this.#opened().db, table, schema)
  }

  /** Throws when SQLite cannot make sense of a statement; keeps those of which it can. */
  check(texts: readonly string[]): void {
    this.#opened().writer.check(texts)
  }

  write(slot: number, rows: EncodedRows): readonly RowFailure[] {
    const { aborts } = this.#settings
    const { writer, identity } = this.#opened()
    try {
      this.#assertInPlace(identity)
      return writer.write(rows, () => Atomics.load(aborts, slot) === 1)
    } catch (error) {
      this.#dropIfBroken(plainError(error).code)
      throw error
    }
  }

  query(sql: string, params: readonly unknown[]): readonly unknown[] {
    const { db } = this.#opened()
    const statement = refusing('sql must be one statement', () => db.prepare(sql))
    // BEGIN, ATTACH and COMMIT write nothing either, but give no rows; a PRAGMA can change the connection.
    if (!statement.readonly || !statement.reader || /^\s*pragma\b[^;]*[=(]/i.test(sql))
      throw optionError('sql must be one statement that only reads, got one that may change something')
    // Without safeIntegers an integer beyond 2^53 would come back as another one.
    const rows = refusing('params must fit the statement', () => statement.safeIntegers(true).all(...params))
    return rows.map((row) => withNumbers(row as Record<string, unknown>))
  }

  /** Brings the WAL into the database file and closes it: the file alone is then a complete backup. */
  close(): void {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    try {
      open.db.pragma('wal_checkpoint(TRUNCATE)')
    } catch {
      // Another connection is reading, or the disk is full: what is committed stays in the WAL, which is kept.
    }
    open.db.close()
  }

  /** A connection to a file that was moved or damaged would not see the one that somebody puts in its place. */
  #dropIfBroken(code: string | undefined): void {
    if (this.#settings.file === ':memory:' || code === undefined) return
    if (!/^SQLITE_(READONLY_DBMOVED|NOTADB|CORRUPT|IOERR)/.test(code)) return
    const open = this.#open
    this.#open = undefined
    open?.db.close()
  }

  /** In WAL mode SQLite itself writes on to a file that was moved or deleted, and says nothing. Asked from time to time: what
   * was written a moment before somebody deletes a file is gone, too. */
  #assertInPlace(identity: string | undefined): void {
    const now = performance.now()
    if (now - this.#lookedAt < lookEveryMs) return
    this.#lookedAt = now
    const seen = this.#identity()
    if (seen === undefined || seen !== identity) throw movedError()
  }

  /** What the file at the path is; `undefined`: there is none to be seen. */
  #identity(): string | undefined {
    const { file } = this.#settings
    if (file === ':memory:') return file
    try {
      const { dev, ino } = statSync(file)
      return `${dev}:${ino}`
    } catch {
      // Opening it again says what is the matter.
      return undefined
    }
  }

  #opened(): Open {
    if (this.#open) return this.#open
    const db = this.#connect()
    this.#open = { db, writer: new BatchWriter(db), identity: this.#identity() }
    this.#lookedAt = performance.now()
    return this.#open
  }

  #connect(): DatabaseConstructor.Database {
    const { path, file, synchronous, setup } = this.#settings
    let db: DatabaseConstructor.Database | undefined
    try {
      const Database = this.#load()
      db = new Database(file, { timeout: openTimeoutMs })
      const mode: unknown = db.pragma('journal_mode = WAL', { simple: true })
      if (file !== ':memory:' && mode !== 'wal') throw new Error('its file system does not support WAL')
      // Left alone, the level of a WAL database depends on who opened it and when.
      db.pragma(`synchronous = ${synchronous}`)
    } catch (error) {
      db?.close()
      throw openError(path, error)
    }
    try {
      if (setup !== undefined) db.exec(setup)
      for (const { name } of db.pragma('database_list') as { name: string }[])
        if (name !== 'temp') db.pragma(`"${name.replaceAll('"', '""')}".synchronous = ${synchronous}`)
      if (db.inTransaction)
        throw Object.assign(new Error('setup must end its transaction'), { code: 'SQLITE_ERROR' })
      db.pragma(`busy_timeout = ${busyTimeoutMs}`)
    } catch (error) {
      db.close()
      const plain = plainError(error)
      throw optionError(`setup failed: ${plain.message}`, { ...plain, code: plain.code ?? 'SQLITE_ERROR' })
    }
    return db
  }
}

function movedError(): Error {
  const message = 'the database file was moved or deleted, or another one put in its place'
  return Object.assign(new Error(message), { code: 'SQLITE_READONLY_DBMOVED' })
}

/** better-sqlite3 has no code for a missing folder or a missing binary; both need somebody to mend them. */
function openError(path: string, error: unknown): Error {
  const plain = plainError(error)
  const code = plain.code?.startsWith('SQLITE_') === true ? plain.code : 'SQLITE_CANTOPEN'
  const [firstLine] = plain.message.split('\n')
  return optionError(`cannot open the database file ${path}: ${firstLine}`, { ...plain, code })
}

/** better-sqlite3 has no code for what is wrong with the arguments of a call. */
function refusing<T>(rule: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    const { code, message } = plainError(error)
    throw code === undefined ? optionError(`${rule}: ${message}`) : error
  }
}

function withNumbers(row: Record<string, unknown>): Record<string, unknown> {
  for (const column of Object.keys(row)) {
    const value = row[column]
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[column] = Number(value)
  }
  return row
}
