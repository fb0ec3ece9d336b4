import { simulate, SimulationError } from '@batchflow/testkit/simulator'
import { expect, test } from '@jest/globals'
import { brokenEngines, type BrokenEngine } from './broken-engines.ts'

/** The simulator has to find each fault among the first of the seeds that it runs the real engine with. */
const seeds = 500

test.each(brokenEngines)('the first seeds find an engine with this fault: $name', async (engine) => {
  const error = await firstViolation(engine)
  expect(error?.message.startsWith(error.claim)).toBe(true)
  expect(
    error?.message.endsWith(`SEED=${error.seed} npm test -- --selectProjects core-tests -t 'simulation'`),
  ).toBe(true)
})

/** Only a claim that is about the fault counts. */
async function firstViolation({ breaks, createFlow }: BrokenEngine): Promise<SimulationError | undefined> {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      await simulate({ seed, createFlow })
    } catch (error) {
      if (!(error instanceof SimulationError)) throw error
      if (breaks.includes(error.claim)) return error
    }
  }
  return undefined
}
