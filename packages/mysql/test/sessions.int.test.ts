import { mysql, tableOf } from '@batchflow/mysql'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { openDatabase, reasons, write } from './database.ts'
import { countStatements } from './count-statements.ts'
import { items, openFlow, rowsFrom } from './flow.ts'

const table = 'create table items (id int primary key, name varchar(200))'

test.each(['', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,PIPES_AS_CONCAT', 'ANSI,NO_BACKSLASH_ESCAPES', 'ORACLE'])(
  'texts are what they are under sql_mode %p, in either protocol',
  async (modes) => {
    await using database = await openDatabase()
    await database.query(table)
    const pool = database.openPool({ connectionLimit: 1 })
    pool.on('connection', (connection) => connection.query(`set sql_mode = 'STRICT_TRANS_TABLES,${modes}'`))
    const nasty = fc.string({
      unit: fc.constantFrom(
        "'",
        '"',
        '\\',
        '`',
        '\0',
        '\n',
        '\x1a',
        ';',
        '-- ',
        '/*',
        '?',
        ':a',
        '%',
        'ü',
        "');",
      ),
      maxLength: 12,
    })
    const [prepared, text] = (['prepared', 'text'] as const).map((protocol) => mysql({ pool, protocol }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(nasty, { minLength: 3, maxLength: 3 }),
        fc.boolean(),
        async (names, asText) => {
          await database.query('delete from items')
          const rows = names.map((name, id) => ({ id, name }))
          const driver = asText ? text : prepared
          expect(driver && (await write(driver, items, rows))).toBeUndefined()
          expect(await database.query('select * from items order by id')).toEqual(rows)
        },
      ),
      { numRuns: 60 },
    )
  },
)

test('settings of a pool that change values or placeholders change nothing', async () => {
  await using database = await openDatabase()
  await database.query(`create table t (id bigint primary key, at datetime(3), name varchar(50))`)
  const pool = database.openPool({
    namedPlaceholders: true,
    rowsAsArray: true,
    nestTables: '_',
    stringifyObjects: true,
    dateStrings: true,
    bigNumberStrings: true,
    supportBigNumbers: true,
    decimalNumbers: true,
    typeCast: false,
    timezone: '+09:00',
    multipleStatements: true,
  })
  const target = tableOf<{ id: bigint; at: Date; name: string }>()('t', {
    columns: ['id', 'at', 'name'],
    conflict: { strategy: 'ignore', columns: ['id'] },
  })
  const row = { id: 2n ** 62n, at: new Date('2024-06-01T12:00:00.5Z'), name: ':name ?? ; drop table t' }
  for (const protocol of ['prepared', 'text'] as const) {
    const driver = mysql({ pool, protocol })
    for (let time = 0; time < 3; time++) await write(driver, target, [row])
    expect(await driver.trial(target, [row])).toEqual([{ outcome: 'unchanged' }])
  }
  expect(await database.query('select id, cast(at as char) as at, name from t')).toEqual([
    { id: '4611686018427387904', at: '2024-06-01 12:00:00.500', name: ':name ?? ; drop table t' },
  ])
})

test('a session without autocommit is committed', async () => {
  await using database = await openDatabase()
  await database.query(table)
  const pool = database.openPool()
  pool.on('connection', (connection) => connection.query('set autocommit = 0'))
  await using open = openFlow({ pool })
  await open.submit(rowsFrom(0, 20))
  await open.flow.flush()
  expect(await database.query('select count(*) as n from items')).toEqual([{ n: '20' }])
})

test('a transaction that somebody left open on a connection does not swallow a batch', async () => {
  await using database = await openDatabase()
  await database.query(table)
  const pool = database.openPool({ connectionLimit: 1 })
  await using open = openFlow({ pool })
  await open.submit(rowsFrom(0, 10))
  await open.flow.flush()
  const connection = await pool.getConnection()
  await connection.query('begin')
  await connection.query(`insert into items values (999, 'theirs')`)
  connection.release()
  await open.submit(rowsFrom(10, 10))
  expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
  expect(open.reasons).toEqual(['connection'])
  expect(await database.query('select count(*) as n from items')).toEqual([{ n: '20' }])
})

test('statements that the server has forgotten are prepared again', async () => {
  await using database = await openDatabase()
  await database.query(table)
  const pool = database.openPool({ connectionLimit: 1 })
  await using open = openFlow({ pool })
  for (const first of [0, 10, 20]) {
    await open.submit(rowsFrom(first, 10))
    await open.flow.flush()
  }
  const connection = await pool.getConnection()
  await connection.reset()
  await connection.query(`use ${database.name}`)
  connection.release()
  await open.submit(rowsFrom(30, 10))
  expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
  expect(await database.query('select count(*) as n from items')).toEqual([{ n: '40' }])
})

test('a pool that resets its sessions is asked anew, and prepares nothing', async () => {
  await using database = await openDatabase()
  await database.query(table)
  const pool = database.openPool({ connectionLimit: 1, resetOnRelease: true })
  const inserts = countStatements(pool, 'into `items`')
  await using open = openFlow({ pool })
  for (let first = 0; first < 50; first += 10) {
    await open.submit(rowsFrom(first, 10))
    await open.flow.flush()
  }
  expect(inserts.texts.filter((text) => text.includes('?'))).toEqual([])
  expect(open.reasons).toEqual([])
})

test('prepared statements outlive a change of their table', async () => {
  await using database = await openDatabase()
  await database.query(table)
  const pool = database.openPool({ connectionLimit: 1 })
  await using open = openFlow({ pool })
  for (const first of [0, 10, 20]) {
    await open.submit(rowsFrom(first, 10))
    await open.flow.flush()
    await database.query(`alter table items add column c${first} int default 1 first, modify id bigint`)
  }
  expect(await open.flow.flush()).toEqual({ written: 0, failed: 0 })
  expect(await database.query('select count(*) as n from items')).toEqual([{ n: '30' }])
})

test('a thousand batch sizes leave at most sixteen statements on a connection', async () => {
  await using database = await openDatabase()
  const pool = database.openPool({ connectionLimit: 1 })
  const driver = mysql({ pool })
  const tables = Array.from({ length: 8 }, (_, index) => `t${index}`)
  for (const name of tables) await database.query(`create table ${name} (id int)`)
  let seed = 42
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) >> 16
  for (let batch = 0; batch < 1_000; batch++) {
    const target = tableOf<{ id: number }>()(tables[random() % 8] as string, { columns: ['id'] })
    const rows = Array.from({ length: 1 + (random() % 40) }, (_, id) => ({ id }))
    await write(driver, target, rows)
    if (batch % 3 === 0) await write(driver, target, rows)
  }
  const [[row]] = (await pool.query(`show session status like 'Com_stmt_prepare'`)) as unknown as [
    [{ Value: string }],
  ]
  const [[closed]] = (await pool.query(`show session status like 'Com_stmt_close'`)) as unknown as [
    [{ Value: string }],
  ]
  expect(Number(row.Value)).toBeGreaterThan(16)
  expect(Number(row.Value) - Number(closed.Value)).toBeLessThanOrEqual(16)
})

test('a full batch is one round trip', async () => {
  await using database = await openDatabase()
  await database.query(table)
  const pool = database.openPool({ connectionLimit: 1 })
  const all = countStatements(pool, '')
  const driver = mysql({ pool })
  for (let batch = 0; batch < 4; batch++) await write(driver, items, rowsFrom(batch * 500, 500))
  const before = all.count()
  await write(driver, items, rowsFrom(5_000, 500))
  expect(all.texts.slice(before).map((text) => text.slice(0, 60))).toEqual([
    expect.stringMatching(/^(set statement .* for )?insert into/),
  ])
  expect(reasons(await write(driver, items, rowsFrom(0, 1)))).toEqual(['poison duplicate_key'])
})
