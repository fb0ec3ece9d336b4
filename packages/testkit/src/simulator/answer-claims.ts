import { BatchFlowError, type FlowStats } from '@batchflow/core'
import type { Call } from './calls.ts'
import type { World } from './world.ts'

/** Checks what callers were told in the last step against the database and the dead letters. */
export function checkAnswers(world: World, stats: FlowStats): void {
  const { calls, flushes, unsettled, onBroken } = world
  for (const call of calls.news.splice(0)) {
    if (call.told === 'accepted') unsettled.add(call)
    const wrong = contradiction(call, world, stats)
    if (wrong !== undefined)
      onBroken(wrong, `row ${call.row.id} of ${call.lane.target.name}, ${call.lane.kind}`)
  }
  for (const flush of flushes) {
    if (flush.open || flush.settled === undefined) continue
    flush.settled = undefined
    const left = flush.rows.find((call) => !isSettled(call, world))
    if (left !== undefined)
      onBroken('flush resolves when what was accepted before it is settled', `row ${left.row.id} is not`)
  }
  for (const { abort, told, row, way } of calls.open)
    if (abort?.signal.aborted === true && told === 'open' && way === 'submit')
      onBroken('an aborted submit that waits is rejected', `row ${row.id}`)
}

/** Written, joined with a row that was written, or dead-lettered. */
export function isSettled(
  { lane, row }: Call,
  { driver, letters }: Pick<World, 'driver' | 'letters'>,
): boolean {
  return letters.taken.has(row.id) || driver.log.covers(lane, row)
}

function contradiction(call: Call, { driver, letters, plan }: World, stats: FlowStats): string | undefined {
  const { lane, row, returned } = call
  const { name } = lane.target
  switch (call.told) {
    case 'written':
      if (!driver.log.has(name, row.id)) return 'a row whose caller hears "written" is committed'
      return returned !== undefined && returned['id'] !== row.id
        ? 'a caller hears what the database returned for its own row'
        : undefined
    case 'coalesced':
      return row.key !== null && lane.joins && driver.log.covers(lane, row)
        ? undefined
        : 'a row whose caller hears "coalesced" has a committed row in its place'
    case 'failed':
      return letters.taken.has(row.id)
        ? undefined
        : 'a row whose caller hears of its failure is dead-lettered'
    case 'dropped':
      if (!plan.options.overflow.startsWith('drop')) return 'rows are dropped where a policy says so'
      return driver.saw(row.id) || letters.taken.has(row.id)
        ? 'a row that was cut for a batch is not dropped'
        : undefined
    case 'refused':
      return mayRefuse(call, plan, stats) ? undefined : 'a row is refused for a reason that holds'
    default:
      return undefined
  }
}

/** The most that the estimate of core makes of a row of a bare target, which does not know `bytes`. */
const bareRowBytes = 200

function mayRefuse({ abort, error, row, lane }: Call, { options }: World['plan'], stats: FlowStats): boolean {
  // trySubmit gives no reason; whether there was room is checked where it is called.
  if (error === undefined) return true
  if (abort?.signal.aborted === true && error === abort.signal.reason) return true
  switch (BatchFlowError.is(error) ? error.code : undefined) {
    case 'BATCHFLOW_CLOSED':
      return stats.state !== 'open'
    case 'BATCHFLOW_FULL':
      return options.overflow === 'reject'
    case 'BATCHFLOW_OVERLOADED':
      return options.overflow === 'wait'
    case 'BATCHFLOW_INVALID_ROW': {
      const bytes = lane.kind === 'bare' ? bareRowBytes : row.bytes
      return bytes > Math.min(options.maxRowBytes, options.bufferBytes)
    }
    default:
      return false
  }
}
