import { tableOf } from '@batchflow/sqlite'
import { expect, test } from '@jest/globals'
import { openDatabase } from './database.ts'
import { makeUsers, setup, users } from './users.ts'

test('writes a batch of any size and answers nothing when all is well', async () => {
  await using db = await openDatabase({ setup })
  let next = 0
  for (const size of [1, 9, 10, 99, 100, 101, 523, 5000]) {
    expect(await db.write(users, makeUsers(size, next))).toBeUndefined()
    next += size
  }
  expect(
    await db.driver.query('select count(*) as rows, min(id) as low, max(id) as high from users'),
  ).toEqual([{ rows: next, low: 0, high: next - 1 }])
})

test('a missing column gets its default, whatever the other rows have', async () => {
  await using db = await openDatabase({
    setup: "create table t (id integer primary key, a text default 'da', b text default 'db')",
  })
  const table = tableOf<{ id: number; a?: string; b?: string | null }>()('t', { columns: ['id', 'a', 'b'] })
  await db.write(table, [
    { id: 1 },
    { id: 2, a: 'x' },
    { id: 3, b: null },
    { id: 4, a: undefined, b: 'y' },
    { id: 5, a: 'x', b: 'y' },
  ])
  expect(await db.driver.query('select * from t order by id')).toEqual([
    { id: 1, a: 'da', b: 'db' },
    { id: 2, a: 'x', b: 'db' },
    { id: 3, a: 'da', b: null },
    { id: 4, a: 'da', b: 'y' },
    { id: 5, a: 'x', b: 'y' },
  ])
})

test('wide tables are split at 32,766 variables', async () => {
  const columns = Array.from({ length: 1500 }, (_, index) => `c${index}`)
  await using db = await openDatabase({
    setup: `create table wide (${columns.map((name) => `${name} integer`).join(', ')})`,
  })
  const table = tableOf<Record<string, number>>()('wide', { columns })
  const rows = Array.from({ length: 50 }, (_, row) =>
    Object.fromEntries(columns.map((name, column) => [name, row + column])),
  )
  expect(await db.write(table, rows)).toBeUndefined()
  expect(await db.driver.query('select count(*) as rows, sum(c1499) as last from wide')).toEqual([
    { rows: 50, last: 50 * 1499 + 1225 },
  ])
})

test('the main thread is held for less than half of the time that a batch takes', async () => {
  await using db = await openDatabase({
    setup: 'create table w (id integer primary key, a text, b text, c text, d text, e real, f text)',
  })
  const table = tableOf<Record<'id' | 'a' | 'b' | 'c' | 'd' | 'e' | 'f', unknown>>()('w', {
    columns: ['id', 'a', 'b', 'c', 'd', 'e', 'f'],
  })
  const row = (id: number) => ({
    id,
    a: `name ${id}`,
    b: 'city',
    c: 'country',
    d: 'mail',
    e: id / 3,
    f: '2024-01-01T00:00:00.000Z',
  })
  const [holds, times]: [number[], number[]] = [[], []]
  for (let batch = 0; batch < 60; batch++) {
    const rows = Array.from({ length: 500 }, (_, index) => row(batch * 500 + index))
    const start = performance.now()
    const written = db.write(table, rows)
    holds.push(performance.now() - start)
    await written
    times.push(performance.now() - start)
  }
  const median = (values: readonly number[]) => values.toSorted((one, other) => one - other)[30] as number
  expect(median(holds)).toBeLessThan(median(times) / 2)
})
