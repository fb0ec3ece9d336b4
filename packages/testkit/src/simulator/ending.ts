import { BatchFlowError, type FlowStats } from '@batchflow/core'
import { settled } from '../manual-clock.ts'
import { checkEnd } from './end-claims.ts'
import type { Random } from './random.ts'
import { close } from './steps.ts'
import type { World } from './world.ts'

/** Enough for everything that is left, once the driver works. */
const amplyMs = 600_000
/** After the end, for what was under way in the database to come to it. */
const aftermathMs = 10_000
/** Steps of time while a flow closes: small ones first, to look often. */
const strides = [0, 1, 20, 300, 2_000, 10_000, 60_000, amplyMs] as const

/** Ends the flow in the way that is planned, looking at it after every stride of time. */
export async function end(world: World, random: Random, look: (step: string) => FlowStats): Promise<void> {
  const { plan, clock, flow, driver, letters, onBroken } = world
  const graceful = plan.ending === 'graceful'
  if (graceful) {
    driver.heal()
    letters.heal()
  }
  const timeoutMs = timeFor(plan, random)
  close(world, timeoutMs, plan.ending === 'abort')
  await settled()
  look(`close by ${plan.ending}, ${timeoutMs} ms`)
  for (const stride of strides) {
    if (world.closing?.settledAt !== undefined) break
    const left = world.closing === undefined ? 0 : world.closing.deadlineAt - clock.now()
    await clock.advance(Math.max(0, Math.min(stride, left)))
    look(`tick ${stride} ms`)
  }
  const before = checkClosing(world, graceful)
  await clock.advance(aftermathMs)
  const stats = look('the time after')
  if (JSON.stringify(before.ledger) !== JSON.stringify(stats.ledger))
    onBroken('after close nothing changes', JSON.stringify(stats.ledger))
  await checkClosed(world)
  checkEnd(world, look('calls after the end'))
  const again = await flow.close().then(
    (result) => result,
    (error: unknown) => error,
  )
  if (again !== (world.closing?.settled ?? world.closing?.error))
    onBroken('close is done once', 'a later call got another answer')
}

function timeFor({ ending, options }: World['plan'], random: Random): number {
  if (ending === 'graceful') return amplyMs
  if (ending === 'deadline') return random.pick([0, 1, 50, 1_000, 10_000])
  return options.drainOnAbort ? options.drainGraceMs : 0
}

function checkClosing({ closing, clock, flow, plan, onBroken }: World, graceful: boolean): FlowStats {
  const stats = flow.stats()
  const { ledger } = stats
  if (closing?.settledAt === undefined || closing.settledAt > closing.deadlineAt)
    onBroken('close settles within its deadline', `at ${clock.now()} it has not`)
  else if (closing.settled !== undefined) {
    const { written, failed } = closing.settled
    if (ledger.pending > 0 || stats.inFlightBatches > 0)
      onBroken('close waits for everything in flight', `${ledger.pending} rows are pending`)
    if (written !== ledger.written || failed !== ledger.deadLettered + ledger.dropped)
      onBroken('close answers with the counts', `${written} written, ${failed} failed`)
  } else if (closing.error !== undefined) {
    const { error, deadlineAt, settledAt } = closing
    if (graceful)
      onBroken('a close with time enough writes what is there', `${error.rows.length} rows came back`)
    if (settledAt < deadlineAt && !(plan.ending === 'abort' && !plan.options.drainOnAbort))
      onBroken('close uses the time that it was given', `${settledAt} of ${deadlineAt}`)
    if (error.rows.length !== ledger.returned || error.ledger.returned !== ledger.returned)
      onBroken('close returns the rows that it counts as returned', `${error.rows.length} rows`)
  }
  return stats
}

/** A closed flow takes nothing and says so. */
async function checkClosed({ flow, plan, calls, onBroken, sums }: World): Promise<void> {
  const { target } = plan.lanes[0]
  const row = { id: calls.all.length, key: null, bytes: 1, bad: false, ids: [calls.all.length], text: '' }
  const answer = await flow.submit(target, row).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!BatchFlowError.is(answer) || answer.code !== 'BATCHFLOW_CLOSED' || flow.trySubmit(target, row))
    onBroken('a closed flow takes no row', String(answer))
  sums.rejected -= 2
  const { written, failed } = await flow.flush()
  if (written + failed > 0) onBroken('a closed flow has nothing to flush', `${written} written`)
}
