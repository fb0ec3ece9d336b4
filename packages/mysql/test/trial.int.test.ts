import { mysql, tableOf } from '@batchflow/mysql'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openDatabase, type TestDatabase } from './database.ts'

interface User {
  readonly id: number
  readonly name?: string
  readonly score?: number
}

let database: TestDatabase
beforeAll(async () => {
  database = await openDatabase()
  await database.query(`create table users (id int primary key, name varchar(9) unique, score float default 1);
    insert into users values (1, 'one', 0.1), (2, 'two', 0.2)`)
})
afterAll(() => database.close())

const columns = ['id', 'name', 'score'] as const
const define = tableOf<User>()
const update = define('users', {
  columns,
  conflict: { strategy: 'update', columns: ['id'], update: ['name', 'score'] },
})

describe('a trial', () => {
  test('says what would become of each row, and changes nothing', async () => {
    const driver = mysql({ pool: database.pool })
    const before = await database.query('select * from users')
    const outcomes = await driver.trial(update, [
      { id: 1, name: 'one', score: 0.1 },
      { id: 1, name: 'one', score: 0.1000001 },
      { id: 2, name: 'new' },
      { id: 3, name: 'three' },
      { id: 4, name: 'three' },
      { id: 5, name: 'much too long' },
      { id: 'six' as unknown as number },
    ])
    expect(
      outcomes.map((outcome) => (outcome.outcome === 'failed' ? outcome.failure.reason : outcome.outcome)),
    ).toEqual(['unchanged', 'updated', 'updated', 'inserted', 'duplicate_key', 'invalid_row', 'invalid_row'])
    expect(await database.query('select * from users')).toEqual(before)
  })

  test('of a plain insert and of ignored rows', async () => {
    const driver = mysql({ pool: database.pool, protocol: 'text' })
    const insert = define('users', { columns })
    const ignore = define('users', { columns, conflict: { strategy: 'ignore', columns: ['id'] } })
    const rows = [
      { id: 9, name: 'nine' },
      { id: 1, name: 'other' },
    ] as const
    const reasonsOf = async (table: typeof insert) =>
      (await driver.trial(table, rows)).map((outcome) =>
        outcome.outcome === 'failed' ? outcome.failure.reason : outcome.outcome,
      )
    expect(await reasonsOf(insert)).toEqual(['inserted', 'duplicate_key'])
    expect(await reasonsOf(ignore)).toEqual(['inserted', 'unchanged'])
  })
})

describe('a preview', () => {
  test('of a table that was looked at has the statements with the values that would be sent', async () => {
    const driver = mysql({ pool: database.pool })
    await driver.prepare?.(update, { signal: new AbortController().signal })
    const rows = [{ id: 1, name: 'a', score: 1 }, { id: 2 }, { id: 3, name: 'b', score: 2 }]
    const preview = driver.preview(update, rows, { values: true })
    expect(preview).toMatchObject({ rows: 3, values: 7, conflictColumns: ['id'] })
    expect(preview.statements).toEqual([
      {
        text: expect.stringMatching(
          /^insert into `users` \(`id`, `name`, `score`\) values \(\?, \?, \?\), \(\?, \?, \?\)/,
        ),
        values: [1, 'a', 1, 3, 'b', 2],
      },
      { text: expect.stringMatching(/^insert into `users` \(`id`\) values \(\?\)/), values: [2] },
    ])
    expect(driver.preview(update, rows).statements[0]).not.toHaveProperty('values')
  })

  test('before that it is the text for MariaDB with the values as they are', () => {
    const driver = mysql({ pool: database.pool })
    const preview = driver.preview(define('users', { columns: ['id', 'name'] }), [{ id: 1, name: 'a' }], {
      values: true,
    })
    expect(preview.statements).toEqual([
      { text: 'insert into `users` (`id`, `name`) values (?, ?)', values: [1, 'a'] },
    ])
  })

  test('has one fingerprint per form, whatever the number of rows and their values', async () => {
    const driver = mysql({ pool: database.pool })
    await driver.prepare?.(update, { signal: new AbortController().signal })
    const fingerprints = [1, 2, 99, 1_000].map(
      (count) =>
        driver.preview(
          update,
          Array.from({ length: count }, (_, id) => ({ id, name: 'x', score: id })),
        ).fingerprint,
    )
    expect(new Set(fingerprints).size).toBe(1)
    expect(driver.preview(update, [{ id: 1 }]).fingerprint).not.toBe(fingerprints[0])
  })
})
