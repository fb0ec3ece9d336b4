import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertBalanced, flowOver, rowsFrom, stored, writeDirectly, type Facet } from './facet.ts'

export const failureChecks: Facet = [
  [
    'one bad row does not take its batch with it',
    async (store) => {
      const { flow, letters } = flowOver(store)
      const good = rowsFrom(1, 99)
      for (const row of good.slice(0, 50)) await flow.submit(store.insert, row)
      await flow.submit(store.insert, store.bad(1_000))
      for (const row of good.slice(50)) await flow.submit(store.insert, row)
      const settled = await flow.close()
      assert.deepEqual(settled, { written: 99, failed: 1 })
      assertBalanced(flow)
      assert.deepEqual(await store.read('table'), stored(good))
      assert.equal(letters.length, 1)
      assert.deepEqual(
        letters[0]?.rows.map((row) => row.id),
        [1_000],
      )
      assert.equal(letters[0]?.error.failure.kind, 'poison')
      assert.equal(letters[0]?.isolated, true)
    },
  ],
  [
    'many bad rows are each found, wherever they stand',
    async (store) => {
      const { flow, letters } = flowOver(store)
      const isBad = (id: number) => [1, 2, 37, 64, 99, 100].includes(id)
      for (const row of rowsFrom(1, 100))
        await flow.submit(store.insert, isBad(row.id) ? store.bad(row.id) : row)
      await flow.close()
      assertBalanced(flow)
      const lost = letters.flatMap((letter) => letter.rows.map((row) => row.id))
      assert.deepEqual(
        lost.sort((a, b) => a - b),
        [1, 2, 37, 64, 99, 100],
      )
      assert.equal((await store.read('table')).length, 94)
    },
  ],
  [
    'a batch of bad rows only writes nothing, and the next batch is written',
    async (store) => {
      const { flow, letters } = flowOver(store)
      for (let id = 1; id <= 10; id++) await flow.submit(store.insert, store.bad(id))
      await flow.flush()
      await flow.submit(store.insert, { id: 11, name: 'good' })
      await flow.close()
      assertBalanced(flow)
      assert.equal(letters.flatMap((letter) => letter.rows).length, 10)
      assert.deepEqual(await store.read('table'), stored([{ id: 11, name: 'good' }]))
    },
  ],
  [
    'a plain insert of a key that is there is a duplicate_key, and the other rows are written',
    async (store) => {
      await writeDirectly(store, store.insert, [{ id: 5, name: 'there' }])
      const { flow, letters } = flowOver(store)
      for (const row of rowsFrom(1, 10)) await flow.submit(store.insert, row)
      await flow.close()
      assert.equal(letters.length, 1)
      assert.equal(letters[0]?.error.failure.reason, 'duplicate_key')
      assert.equal((await store.read('table')).length, 10)
      assert.equal((await store.read('table'))[4]?.name, 'there')
    },
  ],
  [
    'outcomes stand at the places of their rows',
    async (store) => {
      const rows = [...rowsFrom(1, 3), store.bad(4), ...rowsFrom(5, 3)]
      const { capabilities } = store.driver
      if (capabilities.perRowOutcomes !== true) return
      const outcomes = await writeDirectly(store, store.insert, rows)
      assert.deepEqual(
        outcomes.map((outcome) => outcome.outcome),
        ['written', 'written', 'written', 'failed', 'written', 'written', 'written'],
      )
    },
  ],
  [
    'a write that rejects has written nothing',
    async (store) => {
      const rows = [...rowsFrom(1, 5), store.bad(6)]
      try {
        const outcomes = await writeDirectly(store, store.insert, rows)
        const written = rows.filter((_, index) => outcomes[index]?.outcome === 'written')
        assert.deepEqual(await store.read('table'), stored(written))
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        assert.deepEqual(await store.read('table'), [])
      }
    },
  ],
  [
    'an attempt whose signal is aborted either wrote all of its rows or none',
    async (store) => {
      const aborted = AbortSignal.abort(new DOMException('too late', 'TimeoutError'))
      const rows = rowsFrom(1, 50)
      try {
        await writeDirectly(store, store.insert, rows, aborted)
        assert.deepEqual(await store.read('table'), stored(rows))
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        assert.deepEqual(await store.read('table'), [])
      }
    },
  ],
  [
    'a missing table stops its lane and no other, and the rows are written when it is there',
    async (store) => {
      const { flow, letters } = flowOver(store)
      for (const row of rowsFrom(1, 20)) await flow.submit(store.missing, row)
      for (const row of rowsFrom(1, 20)) await flow.submit(store.insert, row)
      for (let waited = 0; flow.stats().ledger.written < 20 && waited < 5_000; waited += 5) await sleep(5)
      assert.deepEqual(await store.read('table'), stored(rowsFrom(1, 20)))
      assert.equal(flow.stats().ledger.pending, 20, 'the rows of the missing table stay')
      await store.createMissing()
      flow.resume(store.missing)
      await flow.close()
      assertBalanced(flow)
      assert.deepEqual(letters, [])
      assert.deepEqual(await store.read('missing'), stored(rowsFrom(1, 20)))
    },
  ],
]
