import assert from 'node:assert/strict'
import { rowsFrom, stored, writeDirectly, type Facet } from './facet.ts'

export const closeChecks: Facet = [
  [
    'close waits for what is being written',
    async (store) => {
      await writeDirectly(store, store.insert, rowsFrom(1, 500))
      const more = store.driver.write(
        { id: 'last', target: store.insert, rows: rowsFrom(501, 500) },
        { attempt: 1, signal: new AbortController().signal },
      )
      await Promise.all([store.driver.close?.(), more])
      assert.deepEqual(await store.read('table'), stored(rowsFrom(1, 1_000)))
    },
  ],
  [
    'a write after close rejects, and is not taken for a fault of its rows',
    async (store) => {
      const { driver } = store
      await writeDirectly(store, store.insert, rowsFrom(1, 1))
      await driver.close?.()
      const batch = { id: 'late', target: store.insert, rows: rowsFrom(2, 1) }
      const context = { attempt: 1, signal: new AbortController().signal }
      const error: unknown = await driver.write(batch, context).then(
        () => assert.fail('a closed driver wrote'),
        (reason: unknown) => reason,
      )
      assert.notEqual(driver.classify(error)?.kind, 'poison')
    },
  ],
  [
    'close can be called before anything was written, and twice',
    async (store) => {
      await store.driver.close?.()
      await store.driver.close?.()
    },
  ],
  [
    'preview sends nothing, and its fingerprint does not depend on values',
    async (store) => {
      const { driver } = store
      if (driver.preview === undefined) return
      const one = driver.preview(store.insert, rowsFrom(1, 3), { values: true })
      const two = driver.preview(store.insert, rowsFrom(10, 3))
      assert.equal(one.fingerprint, two.fingerprint)
      assert.equal(one.rows, 3)
      assert.ok(one.statements.length > 0)
      assert.deepEqual(await store.read('table'), [])
    },
  ],
]
