import assert from 'node:assert/strict'
import { submitAll } from '@batchflow/core'
import { assertBalanced, flowOver, rowsFrom, stored, writeDirectly, type Facet } from './facet.ts'
import type { ContractRow } from './store.ts'

export const writeChecks: Facet = [
  [
    'writes every row of a batch once',
    async (store) => {
      const rows = rowsFrom(1, 257)
      await writeDirectly(store, store.insert, rows)
      assert.deepEqual(await store.read('table'), stored(rows))
    },
  ],
  [
    'writes a batch of one row',
    async (store) => {
      await writeDirectly(store, store.insert, rowsFrom(7, 1))
      assert.deepEqual(await store.read('table'), stored(rowsFrom(7, 1)))
    },
  ],
  [
    'writes batches of any size in one table',
    async (store) => {
      const sizes = [1, 2, 99, 100, 101, 500, 3]
      let next = 1
      for (const size of sizes) {
        await writeDirectly(store, store.insert, rowsFrom(next, size))
        next += size
      }
      assert.deepEqual(await store.read('table'), stored(rowsFrom(1, next - 1)))
    },
  ],
  [
    'splits a batch beyond the limits of one statement',
    async (store) => {
      const rows = rowsFrom(1, 25_000)
      await writeDirectly(store, store.insert, rows)
      assert.equal((await store.read('table')).length, 25_000)
    },
  ],
  [
    'keeps text as it is: empty, quoted, many scripts, beyond the basic plane',
    async (store) => {
      const texts = [
        '',
        "O'Neil",
        '"quoted"',
        'back\\slash',
        'línea\nnueva',
        '北京市',
        'עִבְרִית',
        '👩‍🚀',
        '%_$1?:x',
        '; drop table x --',
      ]
      const rows = texts.map((name, index) => ({ id: index + 1, name }))
      await writeDirectly(store, store.insert, rows)
      assert.deepEqual(await store.read('table'), stored(rows))
    },
  ],
  [
    'writes NULL where a row says null',
    async (store) => {
      const rows: ContractRow[] = [
        { id: 1, name: null },
        { id: 2, name: 'x' },
      ]
      await writeDirectly(store, store.insert, rows)
      assert.deepEqual(await store.read('table'), stored(rows))
    },
  ],
  [
    'gives a missing column its default, row by row',
    async (store) => {
      const rows: ContractRow[] = [
        { id: 1, name: 'a' },
        { id: 2, name: 'b', note: 'mine' },
        { id: 3, name: 'c' },
      ]
      await writeDirectly(store, store.insert, rows)
      assert.deepEqual(await store.read('table'), stored(rows))
    },
  ],
  [
    'writes a text of a megabyte as it is',
    async (store) => {
      const name = 'Zürich 北京 '.repeat(100_000)
      await writeDirectly(store, store.insert, [{ id: 1, name }])
      assert.equal((await store.read('table'))[0]?.name, name)
    },
  ],
  [
    'writes batches that are out at the same time, each once',
    async (store) => {
      const batches = [1, 1_001, 2_001, 3_001].map((from) => rowsFrom(from, 300))
      await Promise.all(batches.map(async (rows) => await writeDirectly(store, store.insert, rows)))
      assert.deepEqual(await store.read('table'), stored(batches.flat()))
    },
  ],
  [
    'under a flow, writes what was submitted and balances the ledger',
    async (store) => {
      const { flow, letters } = flowOver(store)
      const rows = rowsFrom(1, 2_345)
      assert.equal(await submitAll(flow, store.insert, rows), rows.length)
      const settled = await flow.close()
      assert.deepEqual(settled, { written: rows.length, failed: 0 })
      assert.deepEqual(letters, [])
      assertBalanced(flow)
      assert.deepEqual(await store.read('table'), stored(rows))
    },
  ],
]
