import { type MysqlConnection, plainQuery, type ResultCallback } from './client.ts'
import { ExecuteCommand } from './execute-command.ts'
import type { ExecutePacket } from './execute-packet.ts'
import { killQuery } from './kill-query.ts'
import type { Packets } from './packets.ts'
import type { PreparedStatements } from './prepared-statements.ts'
import type { Statement } from './session.ts'
import type { Line, Reply } from './statement-session.ts'

/** A connection that does not answer a KILL within this time, in milliseconds, is destroyed. The engine waits one second
 * after an abort. */
const killGraceMs = 500

/** Of a prepared statement that the server does not know. */
const unknownStatementErrno = 1243

/** Of a statement that would be one more than max_prepared_stmt_count. */
const tooManyStatementsErrno = 1461

/** A connection of mysql2, for one attempt.
 *
 * - open: statements can be sent
 * - killing: from the abort on, while the server is asked to kill what runs
 * - destroyed: the connection did not answer, and what ran on it is given up */
export class ConnectionLine implements Line {
  lendPacket: (() => ExecutePacket) | undefined
  #prepared: PreparedStatements | undefined
  #packets: Packets | undefined
  readonly #connection: MysqlConnection
  readonly #signal: AbortSignal
  readonly #onTooManyStatements: () => void
  #giveUp: ((error: Error) => void) | undefined
  #stopKilling: (() => void) | undefined
  #hasFailed = false

  constructor(connection: MysqlConnection, signal: AbortSignal, onTooManyStatements: () => void) {
    this.#connection = connection
    this.#signal = signal
    this.#onTooManyStatements = onTooManyStatements
    // For the whole time: mysql2's own listener hears one error, and there can be two.
    connection.on('error', this.#onError)
    signal.addEventListener('abort', this.#onAbort)
  }

  /** Lets statements with packets through. */
  mayPrepare(prepared: PreparedStatements, packets: Packets): void {
    this.#prepared = prepared
    this.#packets = packets
    this.lendPacket = () => packets.lend()
  }

  async send({ text, packet }: Statement): Promise<Reply> {
    if (packet === undefined)
      return await this.#heard((callback) => this.#connection.query({ ...plainQuery, sql: text }, callback))
    try {
      const { id } = await this.#awaited(() => (this.#prepared as PreparedStatements).get(text))
      const reply = await this.#heard((callback) =>
        this.#connection.addCommand(new ExecuteCommand(packet.sealed(id), callback)),
      )
      // It has been sent to its last byte: it was answered.
      this.#packets?.takeBack(packet)
      return reply
    } catch (error) {
      if (errnoOf(error) === unknownStatementErrno) this.#prepared?.forget()
      if (errnoOf(error) === tooManyStatementsErrno) this.#onTooManyStatements()
      throw error
    }
  }

  async check(text: string): Promise<void> {
    try {
      await this.#awaited(async () => await this.#prepared?.check(text))
    } catch (error) {
      // Rows can be written all the same.
      if (errnoOf(error) !== tooManyStatementsErrno) throw error
      this.#onTooManyStatements()
    }
  }

  /** Gives the connection back. One that a KILL is on its way to is destroyed: it would hit whoever has it next. */
  end(isBroken: boolean): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
    const isKilled = this.#stopKilling !== undefined
    this.#stopKilling?.()
    // What is destroyed keeps its listener: the socket may still have an error to tell.
    if (isBroken || isKilled || this.#hasFailed) return this.#destroy()
    this.#connection.removeListener('error', this.#onError)
    this.#connection.release()
  }

  async #heard(send: (callback: ResultCallback) => unknown): Promise<Reply> {
    return await this.#awaited(
      () =>
        new Promise<Reply>((resolve, reject) => {
          send((error, result) => {
            if (error === null || error === undefined) resolve(replyOf(result))
            else reject(error)
          })
        }),
    )
  }

  /** Waits for an answer, or until the connection is given up: mysql2 does not call back when it destroys one. */
  async #awaited<T>(ask: () => Promise<T>): Promise<T> {
    // An abort that has been is not heard any more.
    if (this.#signal.aborted) throw new Error('the attempt is over')
    const givenUp = new Promise<never>((_, reject) => {
      this.#giveUp = reject
    })
    try {
      return await Promise.race([ask(), givenUp])
    } finally {
      this.#giveUp = undefined
    }
  }

  readonly #onError = () => {
    this.#hasFailed = true
  }

  readonly #onAbort = () => {
    // A connection on which nothing runs is left to `end`.
    if (this.#giveUp === undefined) return
    const timer = setTimeout(() => {
      this.#destroy()
      this.#giveUp?.(new Error('the server did not answer in time'))
    }, killGraceMs)
    const stopKill = killQuery(this.#connection)
    this.#stopKilling = () => {
      clearTimeout(timer)
      stopKill()
    }
  }

  #destroy(): void {
    this.#hasFailed = true
    this.#connection.destroy()
    // `destroy` says goodbye first, which a server that hangs never hears.
    this.#connection.stream?.destroy?.()
  }
}

function errnoOf(error: unknown): unknown {
  return (error as { readonly errno?: unknown }).errno
}

/** The server is in a transaction (SERVER_STATUS_IN_TRANS,
 * https://mariadb.com/kb/en/ok_packet/#server-status-flag). */
const inTransactionFlag = 1

function replyOf(result: unknown): Reply {
  if (Array.isArray(result)) return { rows: result as Reply['rows'], affectedRows: 0 }
  const { affectedRows = 0, serverStatus } = (result ?? {}) as {
    affectedRows?: number
    serverStatus?: number
  }
  return {
    rows: [],
    affectedRows,
    ...(serverStatus !== undefined && { inTransaction: (serverStatus & inTransactionFlag) !== 0 }),
  }
}
