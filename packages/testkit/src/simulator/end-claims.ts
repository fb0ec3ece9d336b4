import type { FlowStats } from '@batchflow/core'
import type { Call } from './calls.ts'
import { isSettled } from './answer-claims.ts'
import type { World } from './world.ts'

/** Checks a flow that is closed, some time after it was: each row has one end, and everybody was told. */
export function checkEnd(world: World, stats: FlowStats): void {
  const { calls, flushes, driver, letters, sums, plan, rude, timers, onBroken } = world
  const claim = (holds: boolean, sentence: string, detail = '') => {
    if (!holds) onBroken(sentence, detail)
  }
  const { ledger } = stats
  claim(stats.state === 'closed', 'a flow that was closed is closed', stats.state)
  claim(ledger.pending === 0, 'after close nothing is pending', `${ledger.pending} rows`)
  claim(timers.timers === 0, 'after close nothing is timed', `${timers.timers} timers`)
  claim(calls.open.size === 0, 'after close every call has an answer', `${calls.open.size} have none`)
  claim(!flushes.some(({ open }) => open), 'after close every flush has an answer')
  const drivers = plan.shape === 'flow' ? 1 : 0
  claim(driver.closed === drivers, 'close closes the driver once', `${driver.closed} times`)
  if (plan.hasSink) claim(letters.closed <= 1, 'close closes the sink once', `${letters.closed} times`)
  if (plan.observed) {
    claim(sums.closed === 1, 'observers hear of the end once', `${sums.closed} times`)
    claim(
      sums.dropped === ledger.dropped,
      'observers hear of every drop',
      `${sums.dropped} of ${ledger.dropped}`,
    )
    const graceful = world.closing?.error === undefined
    if (graceful)
      claim(
        sums.written === ledger.written &&
          sums.coalesced === ledger.coalesced &&
          sums.failed === ledger.deadLettered,
        'settled batches add up to the ledger',
        `${sums.written} + ${sums.coalesced} + ${sums.failed}`,
      )
  }
  claim(stats.observerErrors === (rude?.thrown ?? 0), 'observers that throw are counted')
  checkFates(world, stats)
}

/** Each accepted row is in exactly one place. */
function checkFates(world: World, { ledger }: FlowStats): void {
  const { calls, driver, letters, closing, onBroken } = world
  const accepted = calls.all.filter(({ told }) => told !== 'refused')
  const byId = new Map(accepted.map((call) => [call.row.id, call]))
  const returned = new Set<number>()
  for (const { row, ambiguous } of closing?.error?.rows ?? []) {
    const { id } = row as { readonly id: number }
    const call = byId.get(id)
    if (call === undefined || returned.has(id)) onBroken('close returns accepted rows, once', `row ${id}`)
    returned.add(id)
    if (call !== undefined && !ambiguous && driver.log.holds(call.lane.target.name, id))
      onBroken('a returned row that may be in the database says so', `row ${id}`)
  }
  for (const { row, target, ambiguous } of letters.taken.values()) {
    if (!byId.has(row.id)) onBroken('a dead-lettered row was accepted', `row ${row.id}`)
    if (!ambiguous && driver.log.holds(target, row.id))
      onBroken('a dead-lettered row that may be in the database says so', `row ${row.id} of ${target}`)
  }
  let written = 0
  let dropped = 0
  for (const call of accepted) {
    const wrong = wrongFate(call, world, returned)
    if (wrong !== undefined)
      onBroken(wrong, `row ${call.row.id} of ${call.lane.target.name}, ${call.lane.kind}`)
    if (call.told === 'dropped') dropped++
    else if (!returned.has(call.row.id) && !letters.taken.has(call.row.id)) written++
  }
  if (ledger.dropped !== dropped)
    onBroken('every drop is counted', `${dropped} rows, ${ledger.dropped} counted`)
  if (ledger.submitted !== accepted.length || ledger.returned !== returned.size)
    onBroken('the ledger counts rows', `${accepted.length} accepted, ${returned.size} returned`)
  if (ledger.written + ledger.coalesced !== written)
    onBroken('rows that went nowhere else are written or coalesced', `${written} rows`)
}

function wrongFate(call: Call, world: World, returned: ReadonlySet<number>): string | undefined {
  const { letters } = world
  const { id } = call.row
  const lettered = letters.taken.has(id)
  const back = returned.has(id)
  if (lettered && back) return 'a row is either dead-lettered or returned'
  if ((call.told === 'written' || call.told === 'coalesced') && (lettered || back))
    return 'a row that was reported written has no other end'
  if (call.told === 'dropped') return lettered || back ? 'a row that was dropped has no other end' : undefined
  if (call.told === 'returned' && !back) return 'a row whose caller hears of the deadline is returned'
  if (!lettered && !back && !isSettled(call, world)) return 'an accepted row is not lost'
  return undefined
}
