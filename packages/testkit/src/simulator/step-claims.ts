import type { FlowStats } from '@batchflow/core'
import type { World } from './world.ts'

/** A sentence about a flow at rest between two steps, and what contradicts it, if something does. */
interface StepClaim {
  readonly claim: string
  readonly broken: (world: World, stats: FlowStats, before: FlowStats | undefined) => string | false
}

/** What has to hold after every step. Microtasks have run by then: nothing is half done. */
export const stepClaims: readonly StepClaim[] = [
  {
    claim: 'the ledger balances',
    broken: (_, { ledger }) => {
      const { submitted, written, coalesced, deadLettered, dropped, returned, pending } = ledger
      const sum = written + coalesced + deadLettered + dropped + returned + pending
      return sum !== submitted && `${submitted} submitted, ${sum} accounted for`
    },
  },
  {
    claim: 'what is settled stays settled',
    broken: (_, { ledger }, before) => {
      if (before === undefined) return false
      const figures = ['submitted', 'written', 'coalesced', 'deadLettered', 'dropped', 'returned'] as const
      const fell = figures.find((figure) => ledger[figure] < before.ledger[figure])
      return fell !== undefined && `${fell} went from ${before.ledger[fell]} to ${ledger[fell]}`
    },
  },
  {
    claim: 'every call was accepted, waits, or was refused',
    broken: ({ calls }, { ledger, waitingSubmits }) =>
      ledger.submitted + waitingSubmits !== calls.admitted &&
      `${calls.admitted} not refused, ${ledger.submitted} submitted, ${waitingSubmits} waiting`,
  },
  {
    claim: 'a submit that was admitted resolves',
    broken: ({ calls }, { waitingSubmits }) =>
      calls.waiting > waitingSubmits && `${calls.waiting} have no answer, ${waitingSubmits} wait`,
  },
  {
    claim: 'rows that are not settled are at most bufferSize',
    broken: ({ plan }, { ledger, bufferedRows }) =>
      (ledger.pending > plan.options.bufferSize || bufferedRows > ledger.pending) &&
      `${ledger.pending} pending, ${bufferedRows} of them buffered`,
  },
  {
    claim: 'bytes that are not settled are at most bufferBytes',
    broken: ({ plan, unsettled }, { bufferedBytes }) =>
      Math.max(bufferedBytes, unsettled.bytes) > plan.options.bufferBytes &&
      `${bufferedBytes} buffered, ${unsettled.bytes} not settled`,
  },
  {
    claim: 'rows of one target that are not settled are at most maxLaneRows',
    broken: ({ plan, unsettled }) => {
      const { maxLaneRows = Number.POSITIVE_INFINITY } = plan.options
      for (const [name, rows] of unsettled.rowsOf) if (rows > maxLaneRows) return `${rows} of ${name}`
      return false
    },
  },
  {
    claim: 'at most concurrencyLimit batches are written at once',
    broken: ({ concurrencyLimit, driver }, { inFlightBatches, concurrency, limits }, before) => {
      // After a retune a smaller limit takes effect as batches end.
      const most = Math.max(concurrencyLimit, before?.inFlightBatches ?? 0)
      const { length } = driver.open
      return (
        (inFlightBatches > most ||
          length > inFlightBatches ||
          concurrency < 1 ||
          concurrency > limits.concurrencyLimit) &&
        `${inFlightBatches} in flight, ${length} at the driver, ${concurrency} allowed`
      )
    },
  },
  {
    claim: 'at most maxWaitingSubmits calls wait',
    broken: ({ plan }, { waitingSubmits }) =>
      waitingSubmits > plan.options.maxWaitingSubmits && `${waitingSubmits} wait`,
  },
  {
    claim:
      'a timer belongs to attempts, a pause, a lane or the close, and none to a flow with nothing to write',
    broken: (
      { plan, timers, closing },
      { inFlightBatches, retryingBatches, waitingSubmits, ledger: { pending } },
    ) => {
      const ends = closing !== undefined && closing.settledAt === undefined ? 1 : 0
      const busy = pending + waitingSubmits > 0
      // One deadline for all attempts under way, and one for each that was aborted and may still answer.
      const least = busy ? retryingBatches + Math.min(1, inFlightBatches) : 0
      const breaker = plan.options.breaker === false ? 0 : 1
      const most = busy ? retryingBatches + inFlightBatches + 1 + plan.lanes.length + breaker + ends : ends
      return (
        (timers.timers < least || timers.timers > most) &&
        `${timers.timers} timers, expected ${least} to ${most}`
      )
    },
  },
  {
    claim: 'a flow with nothing to write has nothing in flight',
    broken: (_, { ledger, inFlightBatches, retryingBatches, bufferedBytes, bufferedRows, waitingSubmits }) =>
      ledger.pending === 0 &&
      inFlightBatches + retryingBatches + bufferedBytes + bufferedRows + waitingSubmits > 0 &&
      `${inFlightBatches} in flight, ${retryingBatches} retrying, ${waitingSubmits} waiting`,
  },
  {
    claim: 'a row is not kept waiting longer than flushIntervalMs while nothing is in its way',
    broken: ({ longestIntervalMs }, { inFlightBatches, retryingBatches, oldestRowAgeMs, breaker }) =>
      inFlightBatches + retryingBatches === 0 &&
      breaker === 'closed' &&
      oldestRowAgeMs > longestIntervalMs &&
      `${oldestRowAgeMs} ms, at most ${longestIntervalMs}`,
  },
  {
    claim: 'rows that count as written are committed',
    broken: ({ driver }, { ledger }) =>
      ledger.written > driver.log.rows && `${ledger.written} written, ${driver.log.rows} committed`,
  },
  {
    claim: 'rows that count as dead-lettered were taken by the handler',
    broken: ({ letters }, { ledger }) =>
      ledger.deadLettered !== letters.taken.size &&
      `${ledger.deadLettered} dead-lettered, ${letters.taken.size} taken`,
  },
  {
    claim: 'what observers are told adds up to the ledger',
    broken: ({ plan, sums, calls, closing }, { ledger, bufferedRows, state }) => {
      if (!plan.observed) return false
      const { deadLettered, written, coalesced, failed, rejected, flushed, dropped } = sums
      const settled = written > ledger.written || coalesced > ledger.coalesced || failed > ledger.deadLettered
      const cut =
        closing?.error === undefined &&
        state !== 'closed' &&
        flushed !== ledger.submitted - bufferedRows - ledger.dropped
      return (
        (deadLettered !== ledger.deadLettered ||
          dropped !== ledger.dropped ||
          rejected !== calls.refused ||
          settled ||
          cut) &&
        JSON.stringify({
          written,
          coalesced,
          failed,
          deadLettered,
          rejected,
          dropped,
          flushed,
          refused: calls.refused,
        })
      )
    },
  },
  {
    claim: 'rows are dropped where a policy says so',
    broken: ({ plan }, { ledger }) =>
      ledger.dropped > 0 && !plan.options.overflow.startsWith('drop') && `${ledger.dropped} dropped`,
  },
  {
    claim: 'there is pressure when the buffer is nearly full, and none when it is empty',
    broken: ({ plan }, { ledger: { pending }, pressure, state, highWaterRows }, before) => {
      const { bufferSize } = plan.options
      const wrong = pending >= 0.8 * bufferSize ? pressure !== 'high' : pending === 0 && pressure !== 'normal'
      const lowest = Math.max(pending, before?.highWaterRows ?? 0)
      const level = state !== 'closed' && wrong
      return (
        (level || highWaterRows < lowest || highWaterRows > bufferSize) &&
        `${pressure} with ${pending} of ${bufferSize} rows, ${highWaterRows} at most`
      )
    },
  },
  {
    claim: 'a flow without a breaker has none',
    broken: ({ plan, breakerWatch }, { breaker }) =>
      plan.options.breaker === false && (breaker !== 'closed' || breakerWatch.opened > 0) && breaker,
  },
  {
    claim: 'observers that throw are counted',
    broken: ({ rude }, { observerErrors }) =>
      observerErrors !== (rude?.thrown ?? 0) && `${observerErrors} counted, ${rude?.thrown ?? 0} thrown`,
  },
]
