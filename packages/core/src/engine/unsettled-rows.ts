import type { ReturnedRow } from '../errors.ts'
import type { Delivery } from './delivery.ts'
import type { Lane } from './lane.ts'

/** What a flow that gives up has left: the rows, who waits for them, and the last error that some of them met. */
export interface UnsettledRows {
  readonly rows: readonly ReturnedRow[]
  readonly waiting: readonly ((error: unknown) => void)[]
  readonly cause: unknown
}

/** Collects the rows of batches that are not settled, and takes those that wait out of their lanes. */
export function unsettledRows(deliveries: Iterable<Delivery>, lanes: Iterable<Lane>): UnsettledRows {
  const rows: ReturnedRow[] = []
  const waiting: ((error: unknown) => void)[] = []
  let cause: unknown
  for (const delivery of deliveries) {
    const { target } = delivery.lane
    const unsettled = delivery.unsettled()
    for (const row of unsettled.rows) rows.push({ target, ...row })
    for (const receipt of unsettled.receipts) waiting.push((error) => receipt.failed(error))
    for (const barrier of delivery.segment.barriers ?? []) waiting.push((error) => barrier.fail(error))
    cause ??= delivery.trouble
  }
  for (const lane of lanes)
    for (const segment of lane.clear()) {
      for (const row of segment.rows) rows.push({ target: lane.target, row, ambiguous: false })
      waiting.push((error) => segment.abandon(error))
    }
  return { rows, waiting, cause }
}
