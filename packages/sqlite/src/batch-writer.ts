import type Database from 'better-sqlite3'
import { plainError } from './plain-error.ts'
import { attemptAborted, type EncodedRows, type PlainError, type RowFailure } from './protocol.ts'
import { StatementCache } from './statement-cache.ts'
import { groupsOf, singleRows, type Step, stepsOf } from './steps.ts'

/** Values given as arguments, which take up stack; more go as an array. */
const maxArguments = 4_096
/** How often the write lock is asked for; the connection's busy_timeout is the length of one wait. */
const lockAttempts = 10

/** A row that SQLite refused; everything else that is thrown concerns the whole batch. */
class RowRefused {
  readonly error: PlainError
  constructor(error: PlainError) {
    this.error = error
  }
}

/** Writes batches, each in one immediate transaction, and finds their bad rows. Lives in the worker.
 *
 * Between calls no transaction is open, unless a ROLLBACK failed; the next call then repeats it. */
export class BatchWriter {
  readonly #db: Database.Database
  readonly #statements: StatementCache
  /** Those of a first try, which is given up as a whole with its first bad row. */
  #firstStatements: StatementCache
  /** The last batch had bad rows: the next one may, too, and is written behind savepoints at once. They cost a twentieth. */
  #guards = false

  constructor(db: Database.Database) {
    this.#db = db
    this.#statements = new StatementCache(db)
    // Else SQLite keeps a journal to undo the one statement: an eighth of the time of all.
    this.#firstStatements = new StatementCache(db, (text) => text.replace(/^insert /, 'insert or rollback '))
  }

  /** Throws when SQLite cannot make sense of a statement; keeps those of which it can. */
  check(texts: readonly string[]): void {
    for (const text of texts) this.#firstStatements.get(text)
  }

  /** Writes all rows but those that SQLite refuses, which it returns. When it throws, nothing was written. */
  write(rows: EncodedRows, isAborted: () => boolean): readonly RowFailure[] {
    const steps = stepsOf(rows)
    const isTried = !this.#guards
    if (isTried) {
      try {
        this.#transact(isAborted, () => this.#writeFirst(steps, isAborted))
        return []
      } catch (error) {
        if (!(error instanceof RowRefused)) throw error
      }
    }
    const failures = this.#writeGuarded(steps, isAborted)
    this.#guards = failures.length > 0
    // The table or its triggers have conflict clauses of their own, which OR ROLLBACK overrules.
    if (isTried && !this.#guards) this.#firstStatements = this.#statements
    return failures
  }

  #writeFirst(steps: readonly Step[], isAborted: () => boolean): void {
    for (const step of steps) {
      if (isAborted()) throw abortedError()
      this.#writeStep(step, this.#firstStatements)
    }
  }

  #writeGuarded(steps: readonly Step[], isAborted: () => boolean): readonly RowFailure[] {
    try {
      return this.#writeGroups(steps, isAborted)
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error
      return this.#divide(steps.flatMap(singleRows), { isAborted, committed: false })
    }
  }

  #writeGroups(steps: readonly Step[], isAborted: () => boolean): readonly RowFailure[] {
    const failures: RowFailure[] = []
    this.#transact(isAborted, () => {
      for (const group of groupsOf(steps)) {
        if (isAborted()) throw abortedError()
        this.#writeGroup(group, failures)
      }
    })
    return failures
  }

  #transact(isAborted: () => boolean, writeSteps: () => void): void {
    this.#begin(isAborted)
    try {
      writeSteps()
      if (isAborted()) throw abortedError()
      this.#commit()
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  #rollBack(): void {
    // Some errors (SQLITE_FULL, ON CONFLICT ROLLBACK) have ended the transaction themselves.
    if (!this.#db.inTransaction) return
    try {
      this.#run('ROLLBACK')
    } catch {
      // The error that led here says more; the next batch rolls back before it begins.
    }
  }

  /** Waits in short steps, so that an abort is noticed while another connection holds the lock. */
  #begin(isAborted: () => boolean): void {
    this.#rollBack()
    for (let attempt = 1; ; attempt++) {
      if (isAborted()) throw abortedError()
      try {
        this.#run('BEGIN IMMEDIATE')
        return
      } catch (error) {
        if (plainError(error).code !== 'SQLITE_BUSY' || attempt === lockAttempts) throw error
      }
    }
  }

  #commit(): void {
    try {
      this.#run('COMMIT')
    } catch (error) {
      // A foreign key DEFERRABLE INITIALLY DEFERRED is only checked here.
      const plain = plainError(error)
      throw isConstraint(plain) ? new RowRefused(plain) : error
    }
  }

  #writeGroup(group: readonly Step[], failures: RowFailure[]): void {
    if (group.length === 1 && group[0]?.rows === 1) return this.#writeRow(group[0], failures)
    this.#run('SAVEPOINT rows')
    try {
      for (const step of group) this.#writeStep(step)
    } catch (error) {
      if (!(error instanceof RowRefused) || !this.#db.inTransaction) throw error
      this.#run('ROLLBACK TO rows')
      for (const step of group) for (const row of singleRows(step)) this.#writeRow(row, failures)
    }
    this.#run('RELEASE rows')
  }

  #writeRow(row: Step, failures: RowFailure[]): void {
    // Also for a single row: with ON CONFLICT FAIL or RAISE(FAIL) a statement keeps what it did before it failed.
    this.#run('SAVEPOINT one')
    try {
      this.#writeStep(row)
    } catch (error) {
      if (!(error instanceof RowRefused) || !this.#db.inTransaction) throw error
      this.#run('ROLLBACK TO one')
      failures.push({ position: row.position, error: error.error, poison: true })
    }
    this.#run('RELEASE one')
  }

  #writeStep({ text, values }: Step, statements = this.#statements): void {
    const statement = statements.get(text)
    try {
      // better-sqlite3 reads arguments faster than the elements of an array: a tenth of the whole statement.
      if (values.length <= maxArguments) statement.run(...values)
      else statement.run(values)
    } catch (error) {
      const plain = plainError(error)
      throw this.#isFaultOfRow(plain, text) ? new RowRefused(plain) : error
    }
  }

  #isFaultOfRow(error: PlainError, text: string): boolean {
    if (error.code === undefined) return error.name === 'TypeError' || error.name === 'RangeError'
    if (isConstraint(error) || error.code === 'SQLITE_MISMATCH' || error.code === 'SQLITE_TOOBIG') return true
    // An expression on the row failed (malformed JSON in a CHECK), or the schema changed under the statement:
    // then it can no longer be prepared.
    if (error.code !== 'SQLITE_ERROR') return false
    try {
      this.#db.prepare(text)
      return true
    } catch {
      this.#statements.forget(text)
      this.#firstStatements.forget(text)
      return false
    }
  }

  /** For errors that take the transaction with them: writes the halves apart, each in its own transaction, down to the
   * bad row. Once a part is committed there is no way back: an abort is no longer heeded, and rows of a part that
   * fails as a whole are returned with its error. */
  #divide(
    rows: readonly Step[],
    state: { readonly isAborted: () => boolean; committed: boolean },
  ): readonly RowFailure[] {
    try {
      const failures = this.#writeGroups(rows, () => !state.committed && state.isAborted())
      state.committed = true
      return failures
    } catch (error) {
      const isRow = error instanceof RowRefused
      if (!isRow && !state.committed) throw error
      if (!isRow || rows.length === 1) {
        // The refused row counts as an answer: from here on the batch is answered row by row.
        state.committed = true
        const plain = isRow ? error.error : plainError(error)
        return rows.map(({ position }) => ({ position, error: plain, poison: isRow }))
      }
    }
    const middle = Math.ceil(rows.length / 2)
    return [...this.#divide(rows.slice(0, middle), state), ...this.#divide(rows.slice(middle), state)]
  }

  #run(text: string): void {
    this.#statements.get(text).run()
  }
}

function isConstraint(error: PlainError): boolean {
  return error.code?.startsWith('SQLITE_CONSTRAINT') === true
}

function abortedError(): Error {
  return Object.assign(new Error('the attempt was aborted and rolled back'), { code: attemptAborted })
}
