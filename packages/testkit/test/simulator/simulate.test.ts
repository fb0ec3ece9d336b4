import { createBatchFlow } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { simulate } from '../../src/simulator/simulate.ts'

test('a seed decides the whole run', async () => {
  const [once, again] = [await simulate({ seed: 5 }), await simulate({ seed: 5 })]
  expect({ ...again, plan: undefined }).toEqual({ ...once, plan: undefined })
})

test('a violation begins with its claim, shows the last steps, and ends with the command that repeats it', async () => {
  const broken = simulate({
    seed: 5,
    steps: 40,
    createFlow: (options, environment) =>
      createBatchFlow(
        { ...options, observers: [...(options.observers ?? []), ...(options.observers ?? [])] },
        environment,
      ),
    replay: (seed) => `replay ${seed}`,
  })
  await expect(broken).rejects.toMatchObject({
    name: 'SimulationError',
    seed: 5,
    message: expect.stringMatching(/^what observers are told adds up[^]*at \d+ ms: [^]*\nreplay 5$/),
  })
})
