import type { Submittable } from 'pg'
import { ByteWriter, type Encoder } from '../../src/types/index.ts'

interface CopyConnection {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/** One COPY FROM STDIN over a client of `pg`: the least that can be given to `client.query`. */
export class BinaryCopy implements Submittable {
  readonly done: Promise<void>
  readonly #sql: string
  readonly #bytes: Buffer
  #resolve!: () => void
  #reject!: (error: unknown) => void

  constructor(sql: string, bytes: Buffer) {
    this.#sql = sql
    this.#bytes = bytes
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  submit(connection: unknown): void {
    ;(connection as CopyConnection).query(this.#sql)
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.#bytes)
    connection.endCopyFrom()
  }

  handleCommandComplete(): void {}

  handleError(error: unknown): void {
    this.#reject(error)
  }

  handleReadyForQuery(): void {
    this.#resolve()
  }
}

/** Rows in the format of `COPY … (FORMAT binary)`. */
export function copyOf(encoders: readonly Encoder[], rows: readonly (readonly unknown[])[]): Buffer {
  const out = new ByteWriter()
  for (const byte of Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')) out.int8(byte)
  out.int32(0)
  out.int32(0)
  for (const row of rows) {
    out.int16(row.length)
    for (const [column, value] of row.entries()) {
      if (value === null) out.int32(-1)
      else encoders[column]?.binary?.(value, out)
    }
  }
  out.int16(-1)
  return Buffer.from(out.written())
}
