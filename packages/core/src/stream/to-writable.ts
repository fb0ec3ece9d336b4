import { Writable } from 'node:stream'
import type { RowOf, Target } from '../driver/target.ts'
import type { BatchFlow } from '../flow/batch-flow.ts'

/** A stream that submits what is written to it. It takes the next row when the last one is accepted, so the pace of the
 * database goes up the pipe; it finishes when everything that the target accepted is settled. Rows that the database refuses go to the
 * dead-letter handler and do not destroy the stream; the flow stays open.
 *
 * @example
 * ```ts
 * await pipeline(createReadStream('rows.ndjson'), parseLines(), toWritable(flow, users))
 * ``` */
export function toWritable<T extends Target>(
  flow: BatchFlow<T>,
  target: T,
  options: {
    /** Rows that the stream itself holds. @defaultValue 16 */ readonly highWaterMark?: number
  } = {},
): Writable {
  const abort = new AbortController()
  return new Writable({
    objectMode: true,
    ...options,
    write(row: RowOf<T>, _encoding, callback) {
      flow.submit(target, row, { signal: abort.signal }).then(() => callback(), callback)
    },
    final(callback) {
      flow.flush({ target }).then(() => callback(), callback)
    },
    destroy(error, callback) {
      abort.abort(error ?? new DOMException('the stream was destroyed', 'AbortError'))
      callback(error)
    },
  })
}
