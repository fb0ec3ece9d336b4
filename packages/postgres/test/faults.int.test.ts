import { BatchFlowError, createBatchFlow, type FlowStats } from '@batchflow/core'
import { ledgerTable, postgres, type PostgresOptions, tableOf } from '@batchflow/postgres'
import { createFaultProxy, type FaultProxy } from '@batchflow/testkit/fault-proxy'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { openDatabase, type TestDatabase, url, waitForLock } from './database.ts'

interface Item {
  readonly id: number
  readonly name: string
}

const items = tableOf<Item>()('items', { columns: ['id', 'name'] })
const upserts = tableOf<Item>()('items', {
  columns: ['id', 'name'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
})

let database: TestDatabase
let letters: { readonly rows: readonly unknown[]; readonly error: Error }[]
let reasons: string[]
const open: { close(): Promise<unknown> }[] = []

beforeEach(async () => {
  database = await openDatabase()
  letters = []
  reasons = []
  await database.query(`create table items (id int, name text); ${ledgerTable}`)
})

afterEach(async () => {
  for (const closing of open.splice(0).reverse()) await closing.close()
  await database.close()
})

function openFlow(options: Partial<PostgresOptions> & { pool: pg.Pool }, timeoutMs = 10_000) {
  const flow = createBatchFlow({
    driver: postgres(options as PostgresOptions),
    flushSize: 10,
    flushIntervalMs: 5,
    timeoutMs,
    retry: { maxAttempts: 20, backoffMs: 10, maxBackoffMs: 100 },
    configurationRetryMs: 100,
    onDeadLetter: (letter) => void letters.push(letter),
    observers: [{ attemptFailed: ({ failure }) => void reasons.push(failure.reason) }],
  })
  open.push({ close: async () => (flow.stats().state === 'open' ? await flow.close() : undefined) })
  return flow
}

/** Connections of the flow under test through a proxy. */
async function openProxy(): Promise<{ proxy: FaultProxy; pool: pg.Pool }> {
  const { hostname, port } = new URL(url)
  const proxy = await createFaultProxy({ target: { host: hostname, port: Number(port || 5432) } })
  const through = new URL(url)
  through.hostname = proxy.host
  through.port = String(proxy.port)
  const pool = new pg.Pool({ ...database.pool.options, connectionString: through.href })
  pool.on('error', () => {})
  open.push({ close: () => proxy.close() }, { close: () => pool.end() })
  return { proxy, pool }
}

async function stored(): Promise<number> {
  const [row] = await database.query('select count(*)::int as n from items')
  return row?.['n'] as number
}

function expectBalance({ ledger }: FlowStats): void {
  const { submitted, written, coalesced, deadLettered, dropped, returned, pending } = ledger
  expect(submitted).toBe(written + coalesced + deadLettered + dropped + returned + pending)
}

const rowsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: first + index, name: `name ${index}` }))

async function submitEach(flow: ReturnType<typeof openFlow>, rows: readonly Item[]): Promise<void> {
  for (const row of rows) await flow.submit(items, row)
}

describe('killed backends', () => {
  test('an idle connection that is terminated is replaced, and the process lives', async () => {
    const flow = openFlow({ pool: database.pool })
    await submitEach(flow, rowsFrom(0, 10))
    await flow.flush()
    await database.terminate(await database.sessions(`state = 'idle'`))
    await submitEach(flow, rowsFrom(10, 10))
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(20)
    expectBalance(flow.stats())
  })

  test('a busy one is retried', async () => {
    const flow = openFlow({ pool: database.pool })
    await flow.submit(items, { id: 0, name: 'first' })
    await flow.flush()
    await database.query('begin; lock table items in share mode')
    await submitEach(flow, rowsFrom(1, 10))
    await database.terminate(await database.awaitSessions(waitForLock))
    await database.query('commit')
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(11)
    expectBalance(flow.stats())
  })
})

describe('limits and locks', () => {
  test('lock_timeout heals when the lock is let go', async () => {
    const pool = new pg.Pool({ ...database.pool.options, lock_timeout: 50 })
    open.push({ close: () => pool.end() })
    const flow = openFlow({ pool })
    await flow.submit(items, { id: 0, name: 'first' })
    await flow.flush()
    await database.query('begin; lock table items in share mode')
    await submitEach(flow, rowsFrom(1, 10))
    expect(await firstFailure()).toBe('lock_timeout')
    await database.query('commit')
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(11)
  })

  test('a statement that takes too long is ended by the server, with a known end', async () => {
    const flow = openFlow({ pool: database.pool }, 500)
    await flow.submit(items, { id: 0, name: 'first' })
    await flow.flush()
    await database.query('begin; lock table items in share mode')
    await submitEach(flow, rowsFrom(1, 10))
    expect(await firstFailure()).toBe('timeout')
    await database.query('commit')
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(11)
  })

  test('a statement_timeout of the role that is shorter stays', async () => {
    const pool = new pg.Pool({ ...database.pool.options, statement_timeout: 50 })
    open.push({ close: () => pool.end() })
    const flow = openFlow({ pool })
    await flow.submit(items, { id: 0, name: 'first' })
    await flow.flush()
    await database.query('begin; lock table items in share mode')
    await submitEach(flow, rowsFrom(1, 10))
    expect(await firstFailure()).toBe('timeout')
    await database.query('commit')
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
  })

  test('a deadlock is retried', async () => {
    await database.query('alter table items add primary key (id)')
    await database.query(`insert into items values (1, 'one'), (2, 'two')`)
    const pool = new pg.Pool({
      ...database.pool.options,
      options: `${database.pool.options.options} -c deadlock_timeout=50`,
    })
    open.push({ close: () => pool.end() })
    const flow = openFlow({ pool })
    await database.query('begin; update items set name = name where id = 2')
    await flow.submit(upserts, { id: 1, name: 'new one' })
    await flow.submit(upserts, { id: 2, name: 'new two' })
    await database.awaitSessions(waitForLock)
    // The batch has row 1 and waits for row 2. Whoever loses, both ends are written after all.
    const other = database.query('update items set name = name where id = 1').then(
      () => database.query('commit'),
      () => database.query('rollback'),
    )
    expect(await flow.flush()).toEqual({ written: 2, failed: 0 })
    await other
    expect(await database.query('select name from items order by id')).toEqual([
      { name: 'new one' },
      { name: 'new two' },
    ])
  })

  test('a read-only database keeps the rows until it takes them', async () => {
    const pool = new pg.Pool({ ...database.pool.options, max: 1 })
    open.push({ close: () => pool.end() })
    const flow = openFlow({ pool })
    await flow.submit(items, { id: 0, name: 'first' })
    await flow.flush()
    await pool.query('set default_transaction_read_only = on')
    await submitEach(flow, rowsFrom(1, 10))
    expect(await firstFailure()).toBe('readonly')
    await pool.query('set default_transaction_read_only = off')
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(11)
  })

  test('a role without free connections backs off and loses nothing', async () => {
    const role = `${database.schema}_role`
    await database.query(`create role ${role} login connection limit 1; grant all on schema ${database.schema} to ${role};
      grant all on all tables in schema ${database.schema} to ${role}`)
    const config = { ...database.pool.options, user: role }
    const taken = new pg.Client({ ...config, connectionString: withUser(role) })
    await taken.connect()
    const pool = new pg.Pool({ ...config, connectionString: withUser(role) })
    pool.on('error', () => {})
    const flow = openFlow({ pool })
    await submitEach(flow, rowsFrom(0, 10))
    expect(await firstFailure()).toBe('throttled')
    await taken.end()
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
    await flow.close()
    await pool.end()
    await database.query(`drop owned by ${role}; drop role ${role}`)
  })

  test('a table that is gone stops its lane, and goes on when it is back', async () => {
    const flow = openFlow({ pool: database.pool })
    await submitEach(flow, rowsFrom(0, 10))
    await flow.flush()
    await database.query('alter table items rename to elsewhere')
    await submitEach(flow, rowsFrom(10, 10))
    expect(await firstFailure()).toBe('schema')
    await database.query('alter table elsewhere rename to items')
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(20)
  })

  test('a pool that is exhausted is waited for, and not for ever', async () => {
    const pool = new pg.Pool({ ...database.pool.options, max: 1 })
    open.push({ close: () => pool.end() })
    const taken = await pool.connect()
    const flow = openFlow({ pool }, 100)
    await submitEach(flow, rowsFrom(0, 10))
    expect(await firstFailure()).toBe('connection')
    taken.release()
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(10)
  })
})

function withUser(user: string): string {
  const as = new URL(url)
  as.username = user
  return as.href
}

/** The reason of the first failed attempt. */
async function firstFailure(): Promise<string | undefined> {
  await until(() => reasons.length > 0)
  return reasons[0]
}

describe('other transactions', () => {
  test('a serialization failure is retried', async () => {
    await database.query('alter table items add primary key (id)')
    const pool = new pg.Pool({
      ...database.pool.options,
      options: `${database.pool.options.options} -c default_transaction_isolation=repeatable\\ read`,
    })
    open.push({ close: () => pool.end() })
    const flow = openFlow({ pool })
    await flow.submitAndSettle(upserts, { id: 1, name: 'first' })
    await database.query(`begin; update items set name = 'theirs' where id = 1`)
    const writing = flow.submitAndSettle(upserts, { id: 1, name: 'ours' })
    await database.awaitSessions(waitForLock)
    await database.query('commit')
    expect(await writing).toEqual({ outcome: 'written' })
    expect(reasons).toEqual(['serialization'])
    expect(await database.query('select name from items')).toEqual([{ name: 'ours' }])
  })
})

describe('a slow network', () => {
  test('slows the caller down, and is no failure', async () => {
    const { proxy, pool } = await openProxy()
    const flow = createBatchFlow({
      driver: postgres({ pool }),
      flushSize: 50,
      bufferSize: 200,
      flushIntervalMs: 5,
      onDeadLetter: (letter) => void letters.push(letter),
      observers: [{ attemptFailed: ({ failure }) => void reasons.push(failure.reason) }],
    })
    open.push({ close: () => flow.close() })
    await flow.submitAndSettle(items, { id: -1, name: 'first' })
    proxy.delay(20)
    proxy.bandwidth(200_000)
    let buffered = 0
    for (const row of rowsFrom(0, 1_000)) {
      await flow.submit(items, row)
      buffered = Math.max(buffered, flow.stats().bufferedRows)
    }
    expect(await flow.flush()).toEqual({ written: expect.any(Number), failed: 0 })
    expect(buffered).toBeLessThanOrEqual(200)
    expect(reasons).toEqual([])
    expect(await stored()).toBe(1_001)
  })
})

describe('lost answers', () => {
  // The end of an autocommitted pipeline is its Sync: the answer to the rows is the answer to the commit.
  const holdsRows = (data: Buffer) => data.includes('insert into "items"') || data.includes('copy "items"')

  for (const strategy of ['unnest', 'copy'] as const) {
    test.each(['reset', 'fin', 'blackHole'] as const)(
      `with a ledger, ${strategy}: %s on the reply to the commit leaves one copy`,
      async (by) => {
        const { proxy, pool } = await openProxy()
        const flow = openFlow({ pool, strategy, ledger: true }, 500)
        await flow.submit(items, { id: -1, name: 'first' })
        await flow.flush()
        proxy.onRequest(holdsRows, { lose: 'reply', by })
        await submitEach(flow, rowsFrom(0, 10))
        expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
        expect(proxy.armed).toBe(0)
        expect(await stored()).toBe(11)
        expectBalance(flow.stats())
      },
    )

    test(`without a ledger, ${strategy}: a lost reply is at least once`, async () => {
      const { proxy, pool } = await openProxy()
      const flow = openFlow({ pool, strategy }, 1_000)
      await flow.submit(items, { id: -1, name: 'first' })
      await flow.flush()
      proxy.onRequest(holdsRows, { lose: 'reply', by: 'reset' })
      await submitEach(flow, rowsFrom(0, 10))
      expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
      expect(proxy.armed).toBe(0)
      expect(await stored()).toBe(21)
      expectBalance(flow.stats())
    })

    test(`${strategy}: a request that never arrived is written once`, async () => {
      const { proxy, pool } = await openProxy()
      const flow = openFlow({ pool, strategy }, 1_000)
      await flow.submit(items, { id: -1, name: 'first' })
      await flow.flush()
      proxy.onRequest(holdsRows, { lose: 'request', by: 'reset' })
      await submitEach(flow, rowsFrom(0, 10))
      expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
      expect(await stored()).toBe(11)
    })
  }

  test('with a ledger, bad rows of a batch whose commit was not answered stay bad', async () => {
    await database.query(`alter table items add check (name <> 'bad')`)
    const { proxy, pool } = await openProxy()
    const flow = openFlow({ pool, ledger: true }, 1_000)
    await flow.submit(items, { id: -1, name: 'first' })
    await flow.flush()
    proxy.onRequest((data) => data.includes('commit'), { lose: 'reply', by: 'reset' })
    await submitEach(
      flow,
      rowsFrom(0, 10).map((row) => (row.id === 3 ? { ...row, name: 'bad' } : row)),
    )
    expect(await flow.flush()).toEqual({ written: 9, failed: 1 })
    expect(proxy.armed).toBe(0)
    expect(await stored()).toBe(10)
    expect(letters.map(({ rows }) => rows)).toEqual([[{ id: 3, name: 'bad' }]])
    expectBalance(flow.stats())
  })

  test('a server that falls silent is given up at the deadline, and the batch goes elsewhere', async () => {
    const { proxy, pool } = await openProxy()
    const flow = openFlow({ pool, ledger: true }, 500)
    await flow.submit(items, { id: -1, name: 'first' })
    await flow.flush()
    proxy.blackHole()
    await submitEach(flow, rowsFrom(0, 10))
    await until(() => flow.stats().retryingBatches > 0)
    proxy.heal()
    expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
    expect(await stored()).toBe(11)
    await until(() => proxy.connections <= 4)
  })

  test('connecting to a silent server ends at the deadline', async () => {
    const { proxy, pool } = await openProxy()
    proxy.stallConnect()
    const flow = openFlow({ pool }, 300)
    await submitEach(flow, rowsFrom(0, 10))
    await until(() => flow.stats().retryingBatches > 0)
    expect(flow.stats().ledger.pending).toBe(10)
    await expect(flow.close({ timeoutMs: 200 })).rejects.toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT' })
    proxy.reset()
  })
})

test('a pool with a time-out of its own comes back when connecting goes nowhere for a while', async () => {
  const { proxy } = await openProxy()
  const through = new URL(url)
  through.hostname = proxy.host
  through.port = String(proxy.port)
  const pool = new pg.Pool({
    ...database.pool.options,
    connectionString: through.href,
    max: 2,
    connectionTimeoutMillis: 100,
  })
  pool.on('error', () => {})
  open.push({ close: () => pool.end() })
  proxy.stallConnect()
  const flow = openFlow({ pool })
  await submitEach(flow, rowsFrom(0, 10))
  expect(await firstFailure()).toBe('connection')
  proxy.heal()
  expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
  await until(() => proxy.connections === pool.totalCount)
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1))
}

test('no message holds a value of the row', async () => {
  await database.query(`alter table items add check (name <> 'secret'); create unique index on items (id);
    insert into items values (424242, 'x')`)
  const flow = openFlow({ pool: database.pool })
  await flow.submit(items, { id: 424_242, name: 'y' })
  await flow.submit(items, { id: 2, name: 'secret' })
  expect(await flow.flush()).toEqual({ written: 0, failed: 2 })
  const texts = letters
    .map(({ error }) => `${error.message} ${JSON.stringify(error)} ${messagesOf(error)}`)
    .join('\n')
  expect(texts).not.toMatch(/424242|secret/)
  expect(letters.every(({ error }) => BatchFlowError.is(error))).toBe(true)
})

function messagesOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: string; readonly cause?: unknown }
  return cause === undefined ? String(message) : `${message} ${messagesOf(cause)}`
}
