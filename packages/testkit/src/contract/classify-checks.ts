import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { reasons } from '@batchflow/core'
import { writeDirectly, type Facet } from './facet.ts'

const kinds = ['transient', 'overload', 'poison', 'split', 'configuration', 'ambiguous']

export const classifyChecks: Facet = [
  [
    'classify does not claim what is not its own, and never throws',
    async (store) => {
      const strange = [undefined, null, 0, '', 'text', Symbol('x'), {}, [], new Error('foreign'), () => {}]
      for (const error of strange) assert.equal(store.driver.classify(error), undefined)
      await Promise.resolve()
    },
  ],
  [
    'classify answers from the closed lists of kinds and reasons',
    async (store) => {
      try {
        await writeDirectly(store, store.missing, [{ id: 1, name: 'x' }])
        assert.fail('a missing table was written to')
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        const failure = store.driver.classify(error)
        assert.equal(failure?.kind, 'configuration')
        assert.ok(kinds.includes(failure.kind))
        assert.ok(reasons.includes(failure.reason))
      }
    },
  ],
  [
    'what the driver says of a bad row names no value of it',
    async (store) => {
      const secret = 'zq-secret-zq'
      const bad = { ...store.bad(1), note: secret }
      let said: unknown
      try {
        const [outcome] = await writeDirectly(store, store.insert, [bad])
        said = outcome?.outcome === 'failed' ? outcome.cause : undefined
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        said = error
      }
      assert.ok(said !== undefined, 'the refusal has a cause')
      assert.ok(!inspect(said).includes(secret))
    },
  ],
]
