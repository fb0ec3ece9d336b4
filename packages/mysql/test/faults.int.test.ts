import { BatchFlowError } from '@batchflow/core'
import { ledgerTable, mysql } from '@batchflow/mysql'
import { createFaultProxy, type FaultProxy } from '@batchflow/testkit/fault-proxy'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Pool, PoolOptions } from 'mysql2/promise'
import { batchOf, openDatabase, type TestDatabase, url } from './database.ts'
import { expectBalance, items, openFlow, rowsFrom, until, upserts } from './flow.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await openDatabase()
  await database.query(`create table items (id int, name varchar(50)); ${ledgerTable}`)
})

afterEach(() => database.close())

async function stored(): Promise<number> {
  const [row] = await database.query('select count(*) as n from items')
  return Number(row?.['n'])
}

/** Statements of the flow under test that wait for a lock, by their connection. */
async function waiting(): Promise<readonly string[]> {
  const rows = await database.query(
    `select id from information_schema.processlist where db = '${database.name}' and info like '%into \`items\`%'
      and id <> connection_id() and command in ('Query', 'Execute')`,
  )
  return rows.map(({ id }) => String(id))
}

async function untilWaiting(): Promise<string> {
  for (;;) {
    const [id] = await waiting()
    if (id !== undefined) return id
  }
}

/** Connections of a flow through a proxy. */
async function openProxy(config: PoolOptions = {}): Promise<{ proxy: FaultProxy; pool: Pool }> {
  const { hostname, port } = new URL(url)
  const proxy = await createFaultProxy({ target: { host: hostname, port: Number(port || 3306) } })
  const through = new URL(url)
  through.hostname = proxy.host
  through.port = String(proxy.port)
  return { proxy, pool: database.openPool({ uri: through.href, ...config }) }
}

describe('killed connections', () => {
  test('an idle connection that is killed is replaced, and the process lives', async () => {
    await using open = openFlow({ pool: database.pool })
    await open.submit(rowsFrom(0, 10))
    await open.flow.flush()
    const idle = await database.query(
      `select id from information_schema.processlist where db = '${database.name}' and id <> connection_id()`,
    )
    for (const { id } of idle) await database.query(`kill ${String(id)}`)
    await open.submit(rowsFrom(10, 10))
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(20)
    expectBalance(open.flow.stats())
  })

  test.each(['kill', 'kill query'])('a busy one is retried after %s', async (kill) => {
    await database.query('alter table items add primary key (id)')
    await using open = openFlow({ pool: database.pool })
    await open.submit(rowsFrom(0, 1), upserts)
    await open.flow.flush()
    await database.query(`begin; insert into items values (5, 'other')`)
    await open.submit(rowsFrom(1, 10), upserts)
    await database.query(`${kill} ${await untilWaiting()}`)
    await until(() => open.reasons.length > 0)
    await database.query('rollback')
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(11)
  })

  test('between two statements of a transaction: rolled back and retried', async () => {
    await database.query('alter table items add primary key (id)')
    await using open = openFlow({ pool: database.pool, ledger: true })
    await database.query(`begin; insert into items values (5, 'other')`)
    await open.submit(rowsFrom(0, 10), upserts)
    await database.query(`kill ${await untilWaiting()}`)
    await until(() => open.reasons.length > 0)
    await database.query('rollback')
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await database.query('select count(*) as n from batchflow_ledger')).toEqual([{ n: '1' }])
  })
})

describe('limits and locks', () => {
  /** Keeps the flow from writing rows with these keys until `commit`. */
  async function lockKeys(): Promise<void> {
    await database.query('alter table items add primary key (id)')
    await database.query(`begin; insert into items values (5, 'locked')`)
  }

  test('a lock wait time-out rolls back the whole transaction, and heals when the lock is let go', async () => {
    await lockKeys()
    const pool = database.openPool()
    pool.on('connection', (connection) => connection.query('set innodb_lock_wait_timeout = 1'))
    await using open = openFlow({ pool, ledger: true })
    await open.submit(rowsFrom(0, 10), upserts)
    expect(await open.firstFailure()).toBe('lock_timeout')
    // The server has rolled back the statement alone: what went before it must not be committed.
    expect(await database.query('select count(*) as n from batchflow_ledger')).toEqual([{ n: '0' }])
    await database.query('commit')
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(10)
  })

  test('a statement that takes too long is ended by the server, with a known end', async () => {
    await lockKeys()
    await using open = openFlow({ pool: database.pool }, { timeoutMs: 500 })
    await open.submit(rowsFrom(0, 10), upserts)
    expect(await open.firstFailure()).toBe('timeout')
    await database.query('commit')
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(10)
  })

  test('a limit of the session that is shorter stays', async () => {
    await lockKeys()
    const pool = database.openPool()
    pool.on('connection', (connection) => connection.query('set max_statement_time = 0.05'))
    await using open = openFlow({ pool })
    await open.submit(rowsFrom(0, 10), upserts)
    expect(await open.firstFailure()).toBe('timeout')
    await database.query('commit')
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
  })

  test('an attempt that is given up is killed on the server, and says so', async () => {
    await lockKeys()
    const driver = mysql({ pool: database.pool })
    const controller = new AbortController()
    // Without a time limit there is none on the server either, as with MySQL.
    const writing = driver.write(batchOf(upserts, rowsFrom(0, 10)), { attempt: 1, signal: controller.signal })
    await untilWaiting()
    controller.abort()
    const error: unknown = await writing.catch((reason: unknown) => reason)
    expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'timeout' })
    expect(await waiting()).toEqual([])
    await database.query('commit')
    expect(await stored()).toBe(1)
    expect(driver.pool().inUse).toBe(0)
  })

  test('a deadlock is retried', async () => {
    await database.query('alter table items add primary key (id)')
    await database.query(`insert into items values (1, 'one'), (2, 'two')`)
    await using open = openFlow({ pool: database.pool })
    await database.query('begin; update items set name = name where id = 2')
    await open.submit(
      [
        { id: 1, name: 'new one' },
        { id: 2, name: 'new two' },
      ],
      upserts,
    )
    await untilWaiting()
    // The batch has row 1 and waits for row 2. Whoever loses, both ends are written after all.
    const other = database.query('update items set name = name where id = 1').then(
      () => database.query('commit'),
      () => database.query('rollback'),
    )
    expect(await open.flow.flush()).toEqual({ written: 2, failed: 0 })
    await other
    expect(await database.query('select name from items order by id')).toEqual([
      { name: 'new one' },
      { name: 'new two' },
    ])
  })

  test('a session that is read-only keeps the rows until it is not', async () => {
    const pool = database.openPool({ connectionLimit: 1 })
    await using open = openFlow({ pool })
    await open.submit(rowsFrom(0, 1))
    await open.flow.flush()
    await pool.query('set session transaction read only')
    await open.submit(rowsFrom(1, 10))
    expect(await open.firstFailure()).toBe('readonly')
    await pool.query('set session transaction read write')
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(11)
  })

  test('a user without free connections backs off and loses nothing', async () => {
    const user = `u${database.name.slice(-12)}`
    await database.query(`create user ${user}@'%' with max_user_connections 1;
      grant all on ${database.name}.* to ${user}@'%'`)
    const as = new URL(url)
    as.username = user
    const taken = database.openPool({ uri: as.href, connectionLimit: 1 })
    const held = await taken.getConnection()
    const pool = database.openPool({ uri: as.href })
    await using open = openFlow({ pool })
    await open.submit(rowsFrom(0, 10))
    expect(await open.firstFailure()).toBe('throttled')
    held.destroy()
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    await database.query(`drop user ${user}@'%'`)
  })

  test('a table that is gone stops its lane, and goes on when it is back', async () => {
    await using open = openFlow({ pool: database.pool })
    await open.submit(rowsFrom(0, 10))
    await open.flow.flush()
    await database.query('rename table items to elsewhere')
    await open.submit(rowsFrom(10, 10))
    expect(await open.firstFailure()).toBe('schema')
    await database.query('rename table elsewhere to items')
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(20)
  })

  test('a pool that is exhausted is waited for, and not for ever', async () => {
    const pool = database.openPool({ connectionLimit: 1 })
    const taken = await pool.getConnection()
    await using open = openFlow({ pool }, { timeoutMs: 100 })
    await open.submit(rowsFrom(0, 10))
    expect(await open.firstFailure()).toBe('connection')
    taken.release()
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(10)
  })

  test('a pool whose queue is full is an overload', async () => {
    const pool = database.openPool({ connectionLimit: 1, waitForConnections: false })
    const taken = await pool.getConnection()
    await using open = openFlow({ pool })
    await open.submit(rowsFrom(0, 10))
    expect(await open.firstFailure()).toBe('throttled')
    taken.release()
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
  })
})

describe('lost answers', () => {
  const holdsRows = (data: Buffer) => data.includes('into `items`')
  // COM_STMT_EXECUTE, behind the four bytes of a packet's header.
  const executes = (data: Buffer) => data[4] === 0x17
  const commits = (data: Buffer) => data.includes('commit')

  test.each(['reset', 'fin', 'blackHole'] as const)(
    'with a ledger: %s on the reply to the commit leaves one copy',
    async (by) => {
      const { proxy, pool } = await openProxy()
      await using _ = proxy
      await using open = openFlow({ pool, ledger: true }, { timeoutMs: 1_000 })
      await open.submit(rowsFrom(-1, 1))
      await open.flow.flush()
      proxy.onRequest(commits, { lose: 'reply', by })
      await open.submit(rowsFrom(0, 10))
      expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
      expect(proxy.armed).toBe(0)
      expect(await stored()).toBe(11)
      expectBalance(open.flow.stats())
    },
  )

  test.each([
    ['text', holdsRows],
    ['prepared', executes],
  ] as const)('without a ledger, %s: a lost reply is at least once', async (protocol, isInsert) => {
    const { proxy, pool } = await openProxy()
    await using _ = proxy
    await using open = openFlow({ pool, protocol }, { timeoutMs: 1_000 })
    for (const first of [0, 10, 20]) {
      await open.submit(rowsFrom(first, 10))
      await open.flow.flush()
    }
    proxy.onRequest(isInsert, { lose: 'reply', by: 'reset' })
    await open.submit(rowsFrom(30, 10))
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(proxy.armed).toBe(0)
    expect(await stored()).toBe(50)
    expectBalance(open.flow.stats())
  })

  test.each([
    ['text', holdsRows],
    ['prepared', executes],
  ] as const)('%s: a request that never arrived is written once', async (protocol, isInsert) => {
    const { proxy, pool } = await openProxy()
    await using _ = proxy
    await using open = openFlow({ pool, protocol }, { timeoutMs: 1_000 })
    for (const first of [0, 10, 20]) {
      await open.submit(rowsFrom(first, 10))
      await open.flow.flush()
    }
    proxy.onRequest(isInsert, { lose: 'request', by: 'reset' })
    await open.submit(rowsFrom(30, 10))
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(proxy.armed).toBe(0)
    expect(await stored()).toBe(40)
  })

  test('with a ledger, bad rows of a batch whose commit was not answered stay bad', async () => {
    await database.query(`alter table items add check (name <> 'bad')`)
    const { proxy, pool } = await openProxy()
    await using _ = proxy
    await using open = openFlow({ pool, ledger: true }, { timeoutMs: 1_000 })
    await open.submit(rowsFrom(-1, 1))
    await open.flow.flush()
    proxy.onRequest(commits, { lose: 'reply', by: 'reset' })
    await open.submit(rowsFrom(0, 10).map((row) => (row.id === 3 ? { ...row, name: 'bad' } : row)))
    expect(await open.flow.flush()).toEqual({ written: 9, failed: 1 })
    expect(proxy.armed).toBe(0)
    expect(await stored()).toBe(10)
    expect(open.letters.map(({ rows, error }) => [rows, error.failure.reason])).toEqual([
      [[{ id: 3, name: 'bad' }], 'constraint'],
    ])
    expectBalance(open.flow.stats())
  })

  test('a server that falls silent is given up at the deadline, and the batch goes elsewhere', async () => {
    const { proxy, pool } = await openProxy()
    await using _ = proxy
    await using open = openFlow({ pool, ledger: true }, { timeoutMs: 500 })
    await open.submit(rowsFrom(-1, 1))
    await open.flow.flush()
    proxy.blackHole()
    await open.submit(rowsFrom(0, 10))
    await until(() => open.flow.stats().retryingBatches > 0)
    proxy.heal()
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(11)
    // Neither the connection that was given up nor the one that was to kill it is left.
    await until(() => proxy.connections <= 4)
  })

  test('a slow network is no fault', async () => {
    const { proxy, pool } = await openProxy()
    await using _ = proxy
    await using open = openFlow({ pool })
    proxy.delay(50)
    proxy.bandwidth(64_000)
    await open.submit(rowsFrom(0, 100))
    expect(await open.flow.flush()).toEqual({ written: 100, failed: 0 })
    expect(open.reasons).toEqual([])
  })

  test('connecting to a silent server ends at the deadline', async () => {
    const { proxy, pool } = await openProxy()
    await using _ = proxy
    proxy.stallConnect()
    await using open = openFlow({ pool }, { timeoutMs: 300 })
    await open.submit(rowsFrom(0, 10))
    await until(() => open.flow.stats().retryingBatches > 0)
    expect(open.flow.stats().ledger.pending).toBe(10)
    await expect(open.flow.close({ timeoutMs: 200 })).rejects.toMatchObject({
      code: 'BATCHFLOW_CLOSE_TIMEOUT',
    })
    proxy.reset()
  })

  test('a server that is not there yet is waited for', async () => {
    const { proxy, pool } = await openProxy()
    await using _ = proxy
    proxy.refuse()
    await using open = openFlow({ pool })
    await open.submit(rowsFrom(0, 10))
    expect(await open.firstFailure()).toBe('connection')
    proxy.heal()
    expect(await open.flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(10)
  })
})

test('no message holds a value of the row', async () => {
  await database.query(`alter table items add check (name <> 'secret'); create unique index u on items (id);
    insert into items values (424242, 'x')`)
  await using open = openFlow({ pool: database.pool })
  await open.submit([
    { id: 424_242, name: 'y' },
    { id: 2, name: 'secret' },
  ])
  expect(await open.flow.flush()).toEqual({ written: 0, failed: 2 })
  const texts = open.letters
    .map(({ error }) => `${error.message} ${JSON.stringify(error)} ${messagesOf(error)}`)
    .join('\n')
  expect(texts).not.toMatch(/424242|secret/)
  expect(open.letters.every(({ error }) => BatchFlowError.is(error))).toBe(true)
  expect(items.name).toBe('items')
})

function messagesOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: string; readonly cause?: unknown }
  return cause === undefined ? String(message) : `${message} ${messagesOf(cause)}`
}
