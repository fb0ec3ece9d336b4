import type { Position, RowOutcome } from '@batchflow/core'
import { ledgerTable, mysql, type MysqlDriver, type MysqlOptions, positionTable } from '@batchflow/mysql'
import { createFaultProxy } from '@batchflow/testkit/fault-proxy'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Kysely, MysqlDialect } from 'kysely'
import { batchOf, openDatabase, reasons, type TestDatabase, url } from './database.ts'
import { items, rowsFrom, until } from './flow.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await openDatabase()
  await database.query(
    `create table items (id int, name varchar(50) check (name <> 'bad')); ${ledgerTable}; ${positionTable}`,
  )
})
afterEach(() => database.close())

const never = new AbortController().signal
const source = 'orders:3'

const at = (last: string, epoch = 1): Position => ({ source, last, epoch })

const rowsOf = (...numbers: readonly number[]) => numbers.map((id) => ({ id, name: 'x' }))

async function ids(): Promise<readonly number[]> {
  return (await database.query('select id from items order by id')).map(({ id }) => Number(id))
}

async function marks(): Promise<readonly unknown[]> {
  const rows = await database.query('select id, refused is not null as bad from batchflow_ledger')
  return rows.map(({ id, bad }) => ({ id, bad: Number(bad) }))
}

async function stored(): Promise<unknown> {
  const [row] = await database.query('select last, epoch from batchflow_positions')
  return row && { last: row['last'], epoch: Number(row['epoch']) }
}

interface Written {
  readonly position: Position
  readonly id?: string
}

async function write(
  driver: MysqlDriver,
  rows: readonly object[],
  { position, id }: Written,
): Promise<void | readonly RowOutcome[]> {
  const batch = { ...batchOf(items, rows), ...(id !== undefined && { id }), position }
  return await driver.write(batch, { attempt: 1, signal: never, timeoutMs: 60_000 })
}

/** What a promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'nothing',
    (error: unknown) => error,
  )
}

/** What a batch was refused for. */
async function refusal(driver: MysqlDriver, writing: Promise<unknown>): Promise<unknown> {
  const error = await rejection(writing)
  return { code: (error as { code?: unknown }).code, failure: driver.classify(error) }
}

const isFenced = { code: 'BATCHFLOW_FENCED', failure: { kind: 'configuration', reason: 'context' } }

/** Waits until connections of the driver do this, by the columns of the process list. */
async function untilWaiting(condition: string): Promise<void> {
  for (let isWaiting = false; !isWaiting;) {
    const found = await database.query(
      `select 1 from information_schema.processlist
        where db = '${database.name}' and id <> connection_id() and ${condition}`,
    )
    isWaiting = found.length > 0
  }
}

const flavours: readonly (readonly [string, () => MysqlOptions])[] = [
  ['a pool', () => ({ pool: database.pool, ledger: true })],
  ['text', () => ({ pool: database.pool, protocol: 'text', ledger: true })],
  [
    'Kysely',
    () => ({ db: new Kysely({ dialect: new MysqlDialect({ pool: database.pool.pool }) }), ledger: true }),
  ],
]

describe.each(flavours)('with %s', (_, optionsOf) => {
  let driver: MysqlDriver
  beforeEach(async () => {
    driver = mysql(optionsOf())
    expect(await driver.claimPosition(source, { signal: never })).toEqual({ epoch: 1, last: undefined })
  })

  test('the position advances with the rows, and leaves no mark', async () => {
    expect(await write(driver, rowsOf(1, 2), { position: at('1-2') })).toBeUndefined()
    expect(await stored()).toEqual({ last: '1-2', epoch: 1 })
    expect(await write(driver, rowsOf(3), { position: at('1-3') })).toBeUndefined()
    expect(await stored()).toEqual({ last: '1-3', epoch: 1 })
    expect(await ids()).toEqual([1, 2, 3])
    expect(await marks()).toEqual([])
    expect(await driver.claimPosition(source, { signal: never })).toEqual({ epoch: 2, last: '1-3' })
  })

  test('a batch that is not behind what was committed is not written again, whatever its id', async () => {
    await write(driver, rowsOf(1, 2), { position: at('1-2'), id: 'one' })
    for (const id of ['one', 'two'])
      for (const last of ['1-2', '1-1', '0'])
        expect(await write(driver, rowsOf(1, 2), { position: at(last), id })).toBeUndefined()
    expect(await ids()).toEqual([1, 2])
    expect(await stored()).toEqual({ last: '1-2', epoch: 1 })
  })

  test('ids are compared by code unit', async () => {
    // Collations of people have them in another order.
    for (const last of ['B', 'a', 'ä']) await write(driver, rowsOf(1), { position: at(last) })
    expect(await ids()).toEqual([1, 1, 1])
    expect(await write(driver, rowsOf(2), { position: at('Z') })).toBeUndefined()
    expect(await ids()).toEqual([1, 1, 1])
  })

  test('bad rows of a repeated batch stay bad, whether the server or the driver refused them', async () => {
    const rows = [...rowsOf(1), { id: 2, name: 'bad' }, { id: 'x', name: 'y' }, ...rowsOf(4)]
    const expected = ['w', 'poison constraint', 'poison invalid_row', 'w']
    const options = { position: at('1-4'), id: 'one' }
    expect(reasons(await write(driver, rows, options))).toEqual(expected)
    expect(await stored()).toEqual({ last: '1-4', epoch: 1 })
    await database.query('alter table items modify name varchar(50)')
    expect(reasons(await write(driver, rows, options))).toEqual(expected)
    expect(await ids()).toEqual([1, 4])
    expect(await marks()).toEqual([{ id: 'one', bad: 1 }])
  })

  test('a batch of bad rows alone advances the position, too', async () => {
    for (const [last, row, expected] of [
      ['1', { id: 'x', name: 'y' }, 'poison invalid_row'],
      ['2', { id: 1, name: 'bad' }, 'poison constraint'],
    ] as const) {
      const options = { position: at(last), id: `to ${last}` }
      for (let attempt = 1; attempt <= 2; attempt++)
        expect(reasons(await write(driver, [row], options))).toEqual([expected])
      expect(await stored()).toEqual({ last, epoch: 1 })
    }
  })

  test('a repeated batch with unique keys is no batch of duplicates', async () => {
    await database.query('alter table items add primary key (id)')
    const options = { position: at('1-3'), id: 'one' }
    for (let attempt = 1; attempt <= 2; attempt++)
      expect(await write(driver, rowsOf(1, 2, 3), options)).toBeUndefined()
    expect(await ids()).toEqual([1, 2, 3])
  })

  test('halves follow each other', async () => {
    await write(driver, rowsOf(1, 2), { position: at('1-2'), id: 'one/0' })
    await write(driver, rowsOf(3, 4), { position: at('1-4'), id: 'one/1' })
    await write(driver, rowsOf(1, 2), { position: at('1-2'), id: 'one/0' })
    expect(await ids()).toEqual([1, 2, 3, 4])
    expect(await stored()).toEqual({ last: '1-4', epoch: 1 })
  })

  test('of a batch with an older epoch nothing is written', async () => {
    await write(driver, rowsOf(1), { position: at('1') })
    expect(await driver.claimPosition(source, { signal: never })).toEqual({ epoch: 2, last: '1' })
    for (const rows of [rowsOf(2, 3), [...rowsOf(2), { id: 3, name: 'bad' }], [{ id: 'x', name: 'y' }]])
      expect(await refusal(driver, write(driver, rows, { position: at('2') }))).toEqual(isFenced)
    expect(await ids()).toEqual([1])
    expect(await marks()).toEqual([])
    expect(await stored()).toEqual({ last: '1', epoch: 2 })
    // What was committed before it was fenced stays committed.
    expect(await write(driver, rowsOf(1), { position: at('1') })).toBeUndefined()
    expect(await write(driver, rowsOf(2), { position: at('2', 2) })).toBeUndefined()
    expect(await ids()).toEqual([1, 2])
  })

  test('without a claim nothing is written', async () => {
    await database.query('delete from batchflow_positions')
    expect(await refusal(driver, write(driver, rowsOf(1), { position: at('1') }))).toEqual(isFenced)
    expect(await ids()).toEqual([])
    expect(await stored()).toBeUndefined()
  })

  test('a claim does not wait for a batch among its rows, which is refused at its end', async () => {
    await write(driver, rowsOf(0), { position: at('0') })
    await stallRows()
    for (const [index, rows] of [rowsOf(1, 2), [...rowsOf(1), { id: 2, name: 'bad' }]].entries()) {
      const refused = refusal(driver, write(driver, rows, { position: at('2', index + 1) }))
      await untilWaiting(`state = 'User lock'`)
      const claimed = await mysql(optionsOf()).claimPosition(source, { signal: never })
      expect(claimed).toEqual({ epoch: index + 2, last: '0' })
      await database.query(`do release_lock('${database.name}')`)
      expect(await refused).toEqual(isFenced)
      await database.query(`do get_lock('${database.name}', 0)`)
    }
    expect(await ids()).toEqual([0])
    expect(await stored()).toEqual({ last: '0', epoch: 3 })
  })

  test('a claim that comes while bad rows are looked for fences all of them', async () => {
    // The second statement of the search is the one that stalls.
    await stallRows('if new.id = 3 then', 'end if;')
    const refused = refusal(
      driver,
      write(driver, [{ id: 1, name: 'bad' }, ...rowsOf(2, 3, 4)], { position: at('4') }),
    )
    await untilWaiting(`state = 'User lock'`)
    await driver.claimPosition(source, { signal: never })
    await database.query(`do release_lock('${database.name}')`)
    expect(await refused).toEqual(isFenced)
    expect(await ids()).toEqual([])
    expect(await marks()).toEqual([])
  })

  test('claims at the same time get different epochs', async () => {
    const claims = await Promise.all(
      Array.from({ length: 12 }, async () => await driver.claimPosition('new', { signal: never })),
    )
    const epochs = claims.map(({ epoch }) => epoch).sort((a, b) => a - b)
    expect(epochs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('a missing table stops the lane, with a clear sentence', async () => {
    await database.query('drop table batchflow_positions')
    for (const asking of [
      () => driver.claimPosition(source, { signal: never }),
      () => write(driver, rowsOf(1), { position: at('1') }),
    ]) {
      const error = await rejection(asking())
      expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
      expect((error as Error).message).toMatch(/^Table '.*batchflow_positions' doesn't exist \(errno 1146\)$/)
    }
    expect(await ids()).toEqual([])
  })
})

/** Rows wait until the lock of the outside connection is let go. */
async function stallRows(before = '', after = ''): Promise<void> {
  const { name } = database
  await database.query(`
    create trigger stalled before insert on items for each row
      begin ${before} do get_lock('${name}', 30); do release_lock('${name}'); ${after} end;
    do get_lock('${name}', 0)`)
}

/** A driver whose connections break, or stand still. */
async function openProxy() {
  const { hostname, port } = new URL(url)
  const proxy = await createFaultProxy({ target: { host: hostname, port: Number(port || 3306) } })
  const through = new URL(url)
  through.hostname = proxy.host
  through.port = String(proxy.port)
  const driver = mysql({ pool: database.openPool({ uri: through.href }), ledger: true })
  return { proxy, driver, [Symbol.asyncDispose]: () => proxy.close() }
}

const commits = (data: Buffer) => data.includes('commit')
const advances = (data: Buffer) => data.includes('update batchflow_positions')

test('a claim waits for a batch between its last statement and its commit', async () => {
  await using proxied = await openProxy()
  const { proxy, driver } = proxied
  await driver.claimPosition(source, { signal: never })
  let isFrozen = false
  proxy.onRequest(
    (data) => {
      if (!isFrozen && advances(data)) {
        // It comes through, and its answer does not: the COMMIT is not sent.
        proxy.freeze()
        isFrozen = true
      }
      return false
    },
    { lose: 'request', by: 'reset' },
  )
  const writing = write(driver, rowsOf(1), { position: at('1') })
  await until(() => isFrozen)
  for (let isLocked = false; !isLocked;) {
    const free = await database.query('select source from batchflow_positions for update skip locked')
    isLocked = free.length === 0
  }
  const other = mysql({ pool: database.pool, ledger: true })
  const claiming = other.claimPosition(source, { signal: never })
  await untilWaiting(`info like 'insert into batchflow_positions%'`)
  expect(await ids()).toEqual([])
  proxy.heal()
  expect(await writing).toBeUndefined()
  expect(await claiming).toEqual({ epoch: 2, last: '1' })
  expect(await ids()).toEqual([1])
})

describe('a lost answer to the commit', () => {
  test('the repeated batch is answered as written', async () => {
    await using proxied = await openProxy()
    const { proxy, driver } = proxied
    await driver.claimPosition(source, { signal: never })
    await write(driver, rowsFrom(0, 2), { position: at('1') })
    proxy.onRequest(commits, { lose: 'reply', by: 'reset' })
    const attempt = () => write(driver, rowsFrom(2, 2), { position: at('2'), id: 'one' })
    expect(driver.classify(await rejection(attempt()))).toEqual({ kind: 'ambiguous', reason: 'connection' })
    expect(proxy.armed).toBe(0)
    expect(await attempt()).toBeUndefined()
    expect(await ids()).toEqual([0, 1, 2, 3])
  })

  test('bad rows of the batch stay bad', async () => {
    await using proxied = await openProxy()
    const { proxy, driver } = proxied
    await driver.claimPosition(source, { signal: never })
    proxy.onRequest(commits, { lose: 'reply', by: 'reset' })
    const rows = [...rowsOf(1), { id: 2, name: 'bad' }, ...rowsOf(3)]
    const attempt = () => write(driver, rows, { position: at('3'), id: 'one' })
    expect(driver.classify(await rejection(attempt()))).toEqual({ kind: 'ambiguous', reason: 'connection' })
    expect(reasons(await attempt())).toEqual(['w', 'poison constraint', 'w'])
    expect(await ids()).toEqual([1, 3])
  })

  test('a commit that never arrived is done again, once', async () => {
    await using proxied = await openProxy()
    const { proxy, driver } = proxied
    await driver.claimPosition(source, { signal: never })
    proxy.onRequest(commits, { lose: 'request', by: 'reset' })
    const attempt = () => write(driver, rowsOf(1), { position: at('1'), id: 'one' })
    expect(driver.classify(await rejection(attempt()))).toEqual({ kind: 'ambiguous', reason: 'connection' })
    expect(await attempt()).toBeUndefined()
    expect(await ids()).toEqual([1])
  })
})

test('attempts at one batch at the same time write it once', async () => {
  const driver = mysql({ pool: database.pool, ledger: true })
  await driver.claimPosition(source, { signal: never })
  const attempts = Array.from({ length: 4 }, () =>
    write(driver, rowsFrom(0, 100), { position: at('1'), id: 'one' }),
  )
  expect(await Promise.all(attempts)).toEqual(attempts.map(() => undefined))
  expect(await ids()).toHaveLength(100)
})

test('a source is a value, whatever is in it', async () => {
  const odd = `'); drop table items; --\\' "x" \\ ?`
  const driver = mysql({ pool: database.pool, ledger: true })
  for (const epoch of [1, 2]) {
    expect((await driver.claimPosition(odd, { signal: never })).epoch).toBe(epoch)
    const position = { source: odd, last: `${epoch}'`, epoch }
    for (let attempt = 1; attempt <= 2; attempt++)
      expect(await write(driver, rowsOf(epoch), { position })).toBeUndefined()
  }
  expect(await ids()).toEqual([1, 2])
})

test('sources do not know of each other', async () => {
  const driver = mysql({ pool: database.pool, ledger: true })
  for (const name of ['a', 'b']) await driver.claimPosition(name, { signal: never })
  await driver.claimPosition('b', { signal: never })
  await write(driver, rowsOf(1), { position: { source: 'a', last: '9', epoch: 1 } })
  await write(driver, rowsOf(2), { position: { source: 'b', last: '1', epoch: 2 } })
  expect(await ids()).toEqual([1, 2])
})

test('positions need a ledger', async () => {
  const driver = mysql({ pool: database.pool })
  for (const asking of [
    () => write(driver, rowsOf(1), { position: at('1') }),
    () => driver.claimPosition(source, { signal: never }),
  ])
    expect(await rejection(asking())).toMatchObject({
      code: 'BATCHFLOW_INVALID_OPTION',
      message: 'ledger must be true for positions, got false',
    })
  expect(await ids()).toEqual([])
})

test('a closed driver claims nothing', async () => {
  const driver = mysql({ pool: database.pool, ledger: true })
  await driver.close()
  expect(await rejection(driver.claimPosition(source, { signal: never }))).toMatchObject({
    code: 'BATCHFLOW_CLOSED',
  })
  expect(await stored()).toBeUndefined()
})
