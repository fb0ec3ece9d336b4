import type { FlushTrigger, RejectReason } from '@batchflow/core'
import type { FlowEvent } from './flow-event.ts'

/** Engine words to the label values that the guides' dashboards know. `capacity` has no word there (the guides' engine
 * had no shared capacity) and keeps its own. */
export const triggerWords: Readonly<Record<FlushTrigger, string>> = {
  size: 'size',
  bytes: 'bytes',
  interval: 'interval',
  capacity: 'capacity',
  flush: 'manual',
  close: 'close',
}

/** Both words for a full queue mean that the row found no room. An `AbortSignal` does not tell a deadline from a
 * cancellation, so `context_deadline_exceeded` stays at zero. The guides' words for bad input name faults that types
 * exclude here (`empty_schema_name`), or only some of what `invalid_row` covers (`missing_column`): a wrong word would
 * mislead, so these two keep their own. */
export const rejectWords: Readonly<Record<RejectReason, string>> = {
  full: 'queue_full',
  overloaded: 'queue_full',
  closed: 'batchflow_closed',
  aborted: 'context_canceled',
  invalid_row: 'invalid_row',
  too_large: 'too_large',
}

/** Whether the newest or the oldest row went is a matter of configuration; why one had to go is the reason. */
export const dropWords: Readonly<Record<FlowEvent<'rowsDropped'>['policy'], string>> = {
  dropNewest: 'queue_full',
  dropOldest: 'queue_full',
  shutdown: 'shutdown',
}
