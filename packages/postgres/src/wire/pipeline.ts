import type { Answer, Copy, Parameter, Statement } from './session.ts'

/** What this driver uses of pg's connection: the messages of the extended protocol. */
export interface PgConnection {
  readonly stream: {
    readonly writable?: boolean
    cork?(): void
    uncork?(): void
    destroy(error?: Error): void
    write(data: Uint8Array): boolean
  }
  parse(message: { readonly text: string; readonly name?: string }): void
  bind(message: { readonly statement?: string; readonly values: readonly Parameter[] }): void
  describe(message: { readonly type: 'S' | 'P'; readonly name: string }): void
  execute(message: { readonly portal: string; readonly rows: number }): void
  close(message: { readonly type: 'S'; readonly name: string }): void
  sync(): void
  query(text: string): void
  sendCopyFail(message: string): void
}

/** A column of an answer. */
interface Field {
  readonly name: string
  readonly dataTypeID: number
}

/** Gives the function that reads a type's text form; pg's, with the caller's own settings. */
export type ReaderOf = (oid: number) => (text: string) => unknown

/** Something that pg's client sends and that hears the answers: how pg-cursor and pg-copy-streams work too. */
export interface Submittable {
  submit(connection: PgConnection): Error | null
  /** Set by the client when it has a read time-out; to be called at the end. */
  callback?: () => void
}

/** Statements that are sent in one write, with one Sync at the end: the server runs them in one transaction, and they
 * cost one round trip. */
export class Pipeline implements Submittable {
  readonly answers: Promise<readonly Answer[]>
  callback?: () => void
  readonly #send: (connection: PgConnection) => void
  readonly #readerOf: ReaderOf
  #resolve!: (answers: readonly Answer[]) => void
  #reject!: (error: unknown) => void
  readonly #answers: Answer[] = []
  #rows: Readonly<Record<string, unknown>>[] = []
  /** Of the statement that is answering; empty where nobody asked what its rows look like. */
  #fields: readonly Field[] = []
  #isSent = false

  constructor(send: (connection: PgConnection) => void, readerOf: ReaderOf = () => String) {
    this.#send = send
    this.#readerOf = readerOf
    this.answers = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Its end was sent: the server may have run all of it. */
  get isSent(): boolean {
    return this.#isSent
  }

  /** Answers with the error instead of throwing it: pg may call this while it reads from the socket, where nobody could
   * catch it. */
  submit(connection: PgConnection): Error | null {
    const { stream } = connection
    if (stream.writable === false) return new Error('the connection was closed')
    try {
      this.#send(connection)
      this.#isSent = true
      return null
    } catch (error) {
      // Half of it may be under way: whatever came next would be read as the rest of it.
      stream.destroy()
      return error as Error
    }
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#fields = fields
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#fields.length === 0) return
    const values = fields.map((text, index): [string, unknown] => {
      const { name, dataTypeID } = this.#fields[index] as Field
      return [name, text === null ? null : this.#read(dataTypeID, text)]
    })
    this.#rows.push(Object.fromEntries(values))
  }

  /** A reader is the caller's code. The row is written whatever it makes of it, and an exception from here would end the
   * process: a text that its reader does not take is handed on as it is. */
  #read(oid: number, text: string): unknown {
    try {
      return this.#readerOf(oid)(text)
    } catch {
      return text
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#answers.push({ tag: text, rows: this.#rows })
    this.#fields = []
    this.#rows = []
  }

  handleReadyForQuery(): void {
    this.callback?.()
    this.#resolve(this.#answers)
  }

  handleError(error: unknown): void {
    this.callback?.()
    this.#reject(error)
  }

  // What the protocol can say to such statements and this driver has no use for.
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}
  // The data is on its way already.
  handleCopyInResponse(): void {}
}

/** Sends messages as one piece. */
function atOnce({ stream }: PgConnection, send: () => void): void {
  stream.cork?.()
  try {
    send()
  } finally {
    stream.uncork?.()
  }
}

/** Statements with parameters. `prepared` keeps the names that the connection knows. */
export function statementPipeline(
  statements: readonly Statement[],
  prepared: ReadonlySet<string>,
  readerOf: ReaderOf,
): Pipeline {
  const send = (connection: PgConnection) => {
    for (const { text, name, values = [], returns } of statements) {
      if (name === undefined) connection.parse({ text })
      else if (!prepared.has(name)) {
        // An earlier attempt may have got as far as preparing it; to close what is not there is no error.
        connection.close({ type: 'S', name })
        connection.parse({ text, name })
      }
      connection.bind({ statement: name ?? '', values })
      if (returns === true) connection.describe({ type: 'P', name: '' })
      connection.execute({ portal: '', rows: 0 })
    }
    connection.sync()
  }
  return new Pipeline((connection) => atOnce(connection, () => send(connection)), readerOf)
}

/** For the server's log. */
const copyFailure = 'a row does not fit its column; the others are sent anew'

/** COPYs with their data behind them, which the server reads as it comes. Should it refuse one of them it ignores the data of
 * all that follow, as the protocol says. */
class CopyPipeline extends Pipeline {
  readonly #onDone: (() => void) | undefined

  constructor({ before, texts, after, write, onDone }: Copy) {
    super((connection) => {
      const { stream } = connection
      connection.query([...before, ...texts, ...after].join(';\n'))
      if (!write((messages) => stream.write(messages))) connection.sendCopyFail(copyFailure)
    })
    this.#onDone = onDone
  }

  override handleCommandComplete(message: { readonly text: string }): void {
    super.handleCommandComplete(message)
    if (message.text.startsWith('COPY ')) this.#onDone?.()
  }
}

export function copyPipeline(copy: Copy): Pipeline {
  return new CopyPipeline(copy)
}

/** A statement that is parsed and described, and not run. */
export function checkPipeline(text: string): Pipeline {
  return new Pipeline((connection) =>
    atOnce(connection, () => {
      connection.parse({ text })
      connection.describe({ type: 'S', name: '' })
      connection.sync()
    }),
  )
}
