// What becomes of rows when the server itself fails.
import type { BatchFlowOptions } from '@batchflow/core'
import { ledgerTable, postgres, type SqlTable } from '@batchflow/postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { define } from './define.ts'
import { expectBalance, openFlow, type TestFlow } from './open-flow.ts'
import { canStartServer, type OwnServer, startOwnServer } from './own-server.ts'

const items = define('items', { columns: ['id', 'name'] })

/** On a machine without the server's programs these are not run; CI has them. */
const describeServer = canStartServer || process.env['CI'] === 'true' ? describe : describe.skip

describeServer('a server that fails under load', () => {
  let server: OwnServer
  const pools: pg.Pool[] = []

  beforeAll(async () => {
    server = await startOwnServer({ max_connections: '12', superuser_reserved_connections: '0' })
  }, 120_000)
  afterAll(async () => {
    await server.remove()
  })

  beforeEach(async () => {
    await query(`drop table if exists items; create table items (id int, name text); ${ledgerTable}`)
  })
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.end()
  })

  /** Once, on a connection of its own; whatever happens to the server before is over. */
  async function query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = new pg.Client({ connectionString: server.url })
    // The server may be going down again.
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }

  function openPool(max = 4): pg.Pool {
    const pool = new pg.Pool({ connectionString: server.url, max })
    pools.push(pool)
    return pool
  }

  const flowInto = (pool: pg.Pool, options: Partial<BatchFlowOptions<SqlTable>> = {}) =>
    openFlow({ driver: postgres({ pool, ledger: true }), flushSize: 20, concurrencyLimit: 4, ...options })

  /** Writes rows all the time while something is broken, and some more, and knows which were acknowledged. */
  async function writeAround(
    { flow, letters }: TestFlow,
    breaking: (acknowledged: ReadonlySet<number>) => Promise<void>,
  ): Promise<void> {
    const acknowledged = new Set<number>()
    let under: () => void = () => {}
    const underWay = new Promise<void>((resolve) => {
      under = resolve
    })
    const receipts: Promise<unknown>[] = []
    let last = Number.POSITIVE_INFINITY
    const producing = (async () => {
      for (let id = 0; id < last; id++) {
        const receipt = flow.submitAndSettle(items, { id, name: 'x'.repeat(50) }).then(() => {
          acknowledged.add(id)
          if (acknowledged.size === 200) under()
        })
        receipts.push(receipt)
        // Not much more than is under way, and at a pace at which the failure meets batches of all ages.
        while (receipts.length - acknowledged.size > 500) await sleep(1)
        if (id % 50 === 49) await sleep(1)
      }
    })()
    await underWay
    await breaking(acknowledged)
    last = receipts.length + 500
    await producing
    await Promise.all(receipts)
    expect(letters).toEqual([])
    expect(await query('select count(*)::int as n, count(distinct id)::int as ids from items')).toEqual([
      { n: last, ids: last },
    ])
    expectBalance(flow.stats())
  }

  /** What was acknowledged is there after the server has come back, whatever is written again. */
  async function expectKept(acknowledged: ReadonlySet<number>): Promise<void> {
    const found = new Set((await query('select id from items')).map(({ id }) => id))
    expect([...acknowledged].filter((id) => !found.has(id))).toEqual([])
  }

  test('kill -9 of all its processes and a restart: no acknowledged row is lost, and none is twice', async () => {
    await using open = flowInto(openPool())
    await writeAround(open, async (acknowledged) => {
      await server.signal('SIGKILL')
      const before = new Set(acknowledged)
      await server.start()
      await expectKept(before)
    })
    expect(open.failures.length).toBeGreaterThan(0)
    expect(new Set(open.failures.map(({ kind }) => kind))).not.toContain('poison')
  })

  test('kill -9 of one backend, after which the server ends all sessions and recovers', async () => {
    await using open = flowInto(openPool())
    await writeAround(open, async (acknowledged) => {
      const before = new Set(acknowledged)
      const [backend] = await query(
        `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      )
      process.kill(backend?.['pid'] as number, 'SIGKILL')
      for (;;) {
        try {
          await expectKept(before)
          break
        } catch (error) {
          // 57P03: it recovers, and takes no connections yet.
          if (typeof (error as { readonly code?: unknown }).code !== 'string' && !isConnectionLost(error))
            throw error
        }
      }
    })
  })

  test('a fast shutdown and a start', async () => {
    await using open = flowInto(openPool())
    await writeAround(open, async (acknowledged) => {
      await server.stop()
      const before = new Set(acknowledged)
      await server.start()
      await expectKept(before)
    })
  })

  test('a server that is stopped by SIGSTOP: deadlines fire, and what its sessions do later is not done twice', async () => {
    await using open = flowInto(openPool(), { timeoutMs: 300 })
    await writeAround(open, async () => {
      await server.signal('SIGSTOP')
      try {
        await open.firstFailure
      } finally {
        await server.signal('SIGCONT')
      }
    })
    expect(open.failures.length).toBeGreaterThan(0)
  })

  test('max_connections: backs off, loses nothing, and goes on when there is room', async () => {
    const taken = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const client = new pg.Client({ connectionString: server.url })
        await client.connect()
        return client
      }),
    )
    await using open = flowInto(openPool())
    const writing = open.write(
      items,
      Array.from({ length: 100 }, (_, id) => ({ id, name: 'x' })),
    )
    expect(await open.firstFailure).toEqual({ kind: 'overload', reason: 'throttled' })
    for (const client of taken) await client.end()
    expect(await writing).toEqual({ written: 100, failed: 0 })
  })

  test('a disk that is full: rows wait, and are written when there is room', async () => {
    // No multiple of a block: the last write is cut short, as it is when a disk is full.
    await server.limitFiles(17 * 2 ** 20 + 100)
    const pool = openPool(2)
    await pool.query(`insert into items select 0, repeat('x', 1000) from generate_series(1, 15000)`)
    await using open = flowInto(pool)
    const writing = open.write(
      items,
      Array.from({ length: 5_000 }, (_, id) => ({ id, name: 'y'.repeat(1_000) })),
    )
    expect(await open.firstFailure).toEqual({ kind: 'overload', reason: 'disk_full' })
    await server.limitFiles(Infinity)
    expect(await writing).toEqual({ written: 5_000, failed: 0 })
    expect(await query(`select count(*)::int as n from items where name like 'y%'`)).toEqual([{ n: 5_000 }])
  })
})

function isConnectionLost(error: unknown): boolean {
  return String((error as { readonly message?: unknown }).message).includes('Connection terminated')
}
