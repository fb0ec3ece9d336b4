import { ByteWriter } from './types/index.ts'

/** Writers that are kept: one for each batch that is usually under way. */
const maxKept = 8

/** Buffers that go from batch to batch: to allocate one costs more than to fill it. */
export class ByteWriters {
  readonly #free: ByteWriter[] = []

  /** An empty writer. */
  take(): ByteWriter {
    return this.#free.pop() ?? new ByteWriter()
  }

  /** Takes a writer back. What it holds must have been answered: until then the bytes may still be on their way. */
  give(writer: ByteWriter): void {
    writer.reset()
    if (this.#free.length < maxKept) this.#free.push(writer)
  }
}
