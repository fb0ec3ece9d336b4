import { createBatchFlow, type FlowStats, type Ledger } from '@batchflow/core'
import { settled } from '../manual-clock.ts'
import { checkAnswers } from './answer-claims.ts'
import { end } from './ending.ts'
import { pipelineAsFlow } from './pipeline-as-flow.ts'
import { plan as planOf } from './plan.ts'
import { Random } from './random.ts'
import { SimulationError } from './simulation-error.ts'
import { stepClaims } from './step-claims.ts'
import { stepWeights, take } from './steps.ts'
import type { Plan } from './plan.ts'
import { createWorld, type CreateFlow, type World } from './world.ts'

/** Steps that an error shows. */
const shownSteps = 30

/** Options of {@link simulate}. */
export interface SimulationOptions {
  /** Decides everything: options, targets, rows, what the driver does, and the steps. */
  readonly seed: number
  /** Steps before the end. @defaultValue from 10 to 50, as the seed says */
  readonly steps?: number
  /** Makes the flow under test. @defaultValue createBatchFlow, or createPipeline for the seeds that say so */
  readonly createFlow?: CreateFlow
  /** The command that plays a seed again, for the error. */
  readonly replay?: (seed: number) => string
}

/** What happened in a run that broke no claim. */
export interface SimulationResult {
  readonly seed: number
  readonly plan: Plan
  readonly ledger: Ledger
  readonly refused: number
  /** What the driver answered, and how often. */
  readonly answers: ReadonlyMap<string, number>
  /** How often the circuit breaker opened; 0 where nobody observed. */
  readonly breakerOpenings: number
}

/** Runs a whole flow, with a driver in memory on a clock that is moved by hand, through a schedule that the seed
 * decides, and checks after every step that the flow keeps its promises. Takes a few milliseconds and no I/O.
 *
 * @example
 * ```ts
 * for (let seed = 1; seed <= 10_000; seed++) await simulate({ seed })
 * ```
 *
 * @throws SimulationError naming the claim that was broken. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, replay = replayCommand } = options
  const random = new Random(seed)
  const broken: { readonly claim: string; readonly detail: string }[] = []
  const log: { readonly at: number; readonly step: string; readonly ledger: Ledger }[] = []
  const fail = (claim: string, detail: string): never => {
    const steps = log
      .slice(-shownSteps)
      .map(({ at, step, ledger }) => `at ${at} ms: ${step}; ${JSON.stringify(ledger)}`)
    throw new SimulationError(claim, { seed, detail, steps, replay: replay(seed) })
  }
  const plan = planOf(random.fork())
  const ours = plan.shape === 'flow' ? createBatchFlow : pipelineAsFlow(plan.lanes[0])
  const { createFlow = ours } = options
  const world = createWorld(plan, {
    random: random.fork(),
    createFlow,
    onBroken: (claim, detail) => void broken.push({ claim, detail }),
  })
  let before: FlowStats | undefined
  const look = (step: string): FlowStats => {
    const stats = world.flow.stats()
    log.push({ at: world.clock.now(), step, ledger: stats.ledger })
    check(world, stats, before)
    before = stats
    const [first] = broken
    if (first !== undefined) fail(first.claim, first.detail)
    return stats
  }

  const steps = options.steps ?? plan.steps
  for (let step = 0; step < steps; step++) {
    const taken = await take(random.weighted(stepWeights), world, random)
    await settled()
    look(taken)
  }
  await end(world, random, look)
  look('the end')
  return {
    seed,
    plan,
    ledger: world.flow.stats().ledger,
    refused: world.calls.refused,
    answers: world.driver.given,
    breakerOpenings: world.breakerWatch.opened,
  }
}

function check(world: World, stats: FlowStats, before: FlowStats | undefined): void {
  const { unsettled } = world
  checkAnswers(world, stats)
  unsettled.look(world)
  if (stats.state === 'closed') unsettled.clear()
  for (const { claim, broken } of stepClaims) {
    const detail = broken(world, stats, before)
    if (detail !== false) world.onBroken(claim, detail)
  }
}

function replayCommand(seed: number): string {
  return `SEED=${seed} npm test -- --selectProjects core-tests -t 'simulation'`
}
