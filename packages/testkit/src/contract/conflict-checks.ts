import assert from 'node:assert/strict'
import { assertBalanced, flowOver, stored, writeDirectly, type Facet } from './facet.ts'

export const conflictChecks: Facet = [
  [
    'ignore: leaves a row that is there alone, and writes the others',
    async (store) => {
      await writeDirectly(store, store.insert, [{ id: 1, name: 'first' }])
      await writeDirectly(store, store.ignore, [
        { id: 1, name: 'second' },
        { id: 2, name: 'new' },
      ])
      const expected = stored([
        { id: 1, name: 'first' },
        { id: 2, name: 'new' },
      ])
      assert.deepEqual(await store.read('table'), expected)
    },
  ],
  [
    'ignore: does not hide a row that is bad for another reason',
    async (store) => {
      const { flow, letters } = flowOver(store)
      await flow.submit(store.ignore, { id: 1, name: 'good' })
      await flow.submit(store.ignore, store.bad(2))
      await flow.close()
      assert.equal(letters.length, 1)
      assert.deepEqual(await store.read('table'), stored([{ id: 1, name: 'good' }]))
    },
  ],
  [
    'ignore: a batch that is written again changes nothing',
    async (store) => {
      const rows = [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ]
      await writeDirectly(store, store.ignore, rows)
      await writeDirectly(store, store.ignore, rows)
      assert.deepEqual(await store.read('table'), stored(rows))
    },
  ],
  [
    'update: a batch that is written again changes nothing',
    async (store) => {
      const rows = [
        { id: 1, name: 'a' },
        { id: 2, name: null },
      ]
      await writeDirectly(store, store.update, rows)
      await writeDirectly(store, store.update, rows)
      assert.deepEqual(await store.read('table'), stored(rows))
    },
  ],
  [
    'update: NULL is a value, and takes the place of the one that is there',
    async (store) => {
      await writeDirectly(store, store.insert, [{ id: 1, name: 'there' }])
      await writeDirectly(store, store.update, [{ id: 1, name: null }])
      assert.deepEqual(await store.read('table'), stored([{ id: 1, name: null }]))
    },
  ],
  [
    'update: changes the update columns of a row that is there, and no others',
    async (store) => {
      await writeDirectly(store, store.insert, [{ id: 1, name: 'old', note: 'kept' }])
      await writeDirectly(store, store.update, [
        { id: 1, name: 'new', note: 'not mine' },
        { id: 2, name: 'added' },
      ])
      const expected = stored([
        { id: 1, name: 'new', note: 'kept' },
        { id: 2, name: 'added' },
      ])
      assert.deepEqual(await store.read('table'), expected)
    },
  ],
  [
    'update: a row that lacks an update column leaves it alone',
    async (store) => {
      await writeDirectly(store, store.insert, [{ id: 1, name: 'kept', note: 'kept' }])
      const partial = { id: 1 } as { id: number; name: string }
      await writeDirectly(store, store.update, [partial])
      assert.deepEqual(await store.read('table'), stored([{ id: 1, name: 'kept', note: 'kept' }]))
    },
  ],
  [
    'update: the last of many rows with one key is what stays, in whatever batches they went',
    async (store) => {
      const { flow } = flowOver(store)
      for (let version = 1; version <= 1_000; version++)
        await flow.submit(store.update, { id: version % 7, name: `version ${version}` })
      await flow.close()
      assertBalanced(flow)
      const expected = stored(
        [994, 995, 996, 997, 998, 999, 1_000].map((version) => ({
          id: version % 7,
          name: `version ${version}`,
        })),
      )
      assert.deepEqual(await store.read('table'), expected)
    },
  ],
]
