import { setImmediate as nextTurn } from 'node:timers/promises'
import { BatchFlowError } from '../errors.ts'
import type { RowOf, Target } from '../driver/target.ts'
import type { BatchFlow, SubmitOptions } from '../flow/batch-flow.ts'
import { untilAborted } from './until-aborted.ts'

/** The longest time, in milliseconds, that rows are taken without giving the event loop a turn: an accepted row only
 * takes a microtask, and a source that always has a row ready would never let I/O through. */
const sliceMs = 5
/** The clock is read once in so many rows; a reading costs about as much as taking a row. */
const rowsPerReading = 16

/** Submits every row of an iterable, at the pace of the database, and resolves with their number when the last one is
 * accepted. Yields to the event loop at least every 5 ms.
 *
 * When it rejects, because the iterable throws, a row is refused or the signal is aborted, the rows before that one are
 * accepted and stay so.
 *
 * @throws BatchFlowError like `submit`, and `BATCHFLOW_INVALID_OPTION` when `rows` is not iterable.
 *
 * @example
 * ```ts
 * const rows = await submitAll(flow, users, readUsers())
 * await flow.flush()
 * ``` */
export async function submitAll<T extends Target, U extends T>(
  flow: BatchFlow<T>,
  target: U,
  rows: Iterable<NoInfer<RowOf<U>>> | AsyncIterable<NoInfer<RowOf<U>>>,
  options: SubmitOptions = {},
): Promise<number> {
  if (!isIterable(rows))
    throw new BatchFlowError(
      'BATCHFLOW_INVALID_OPTION',
      `rows must be iterable, got ${rows === null ? 'null' : typeof rows}`,
    )
  const { signal } = options
  signal?.throwIfAborted()
  let submitted = 0
  let sliceBegan = performance.now()

  const takeTurns = async (): Promise<void> => {
    if (performance.now() - sliceBegan < sliceMs) return
    await nextTurn()
    sliceBegan = performance.now()
  }

  // Two loops: `for await` over a plain iterable would cost another promise per row.
  if (Symbol.asyncIterator in rows) {
    for await (const row of signal === undefined ? rows : untilAborted(rows, signal)) {
      await flow.submit(target, row, options)
      if (++submitted % rowsPerReading === 0) await takeTurns()
    }
  } else {
    for (const row of rows) {
      await flow.submit(target, row, options)
      if (++submitted % rowsPerReading === 0) await takeTurns()
    }
  }
  return submitted
}

/** A text is iterable too, and never meant. */
function isIterable(rows: unknown): boolean {
  return (
    typeof rows === 'object' && rows !== null && (Symbol.iterator in rows || Symbol.asyncIterator in rows)
  )
}
