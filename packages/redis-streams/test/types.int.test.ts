import { createBatchFlow } from '@batchflow/core'
import { postgres, tableOf } from '@batchflow/postgres'
import { createStreamProducer, createStreamWorker } from '@batchflow/redis-streams'
import { expect, test } from '@jest/globals'
import { openDatabase } from './support/database.ts'
import { eventually } from './support/eventually.ts'
import { openStream } from './support/redis.ts'

/** A column per type that PostgreSQL's driver knows, with values of every kind that it takes. */
const columns: Readonly<Record<string, readonly [type: string, ...values: unknown[]]>> = {
  flag: ['boolean', true, false, null],
  small: ['smallint', -32_768, '7', null],
  big: ['bigint', 2n ** 63n - 1n, 42, '-5'],
  real8: ['double precision', Number.NaN, Number.NEGATIVE_INFINITY, -0],
  exact: ['numeric', '123456789012345678901234567890.5', 10n ** 30n, 1.25],
  words: ['text', 'Zürich 北京 "\\', '', null],
  bytes: ['bytea', Buffer.from([0, 255]), new Uint8Array([1, 2]), Buffer.alloc(0)],
  id: ['uuid', '00000000-0000-4000-8000-000000000001', null, null],
  doc: ['jsonb', { a: [1, null, { at: new Date(5) }] }, 'a text', [1, 'x', true]],
  raw: ['json', { $: 'tag' }, 1, false],
  day: ['date', new Date(0), '2024-06-01', '-infinity'],
  at: ['timestamptz', new Date(1_700_000_000_123), '2024-06-01T12:00:00.123456+02', 'infinity'],
  local: ['timestamp', new Date(-1), '2024-06-01T12:00:00', null],
  hour: ['time', '12:00:00.5', '23:59', null],
  span: ['interval', 'P1Y2M3DT4H5M6.5S', '1 day', null],
  net: ['inet', '10.0.0.0/8', '::1', null],
  bits: ['varbit', '1010', '', null],
  range: ['int4range', '[1,5)', 'empty', null],
  list: ['bigint[]', [1, 2n, '3', null], [], null],
  days: ['timestamptz[]', [new Date(0), null], [], null],
  blobs: ['bytea[]', [Buffer.from('x')], [], null],
  missing: ["text default 'd'", 'given', undefined, null],
}

test('rows with values of every type are stored through the stream as they are without it', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  const { pool } = database
  const names = Object.keys(columns)
  const definition = Object.entries(columns).map(([name, [type]]) => `${name} ${type}`)
  await pool.query(
    ['direct', 'streamed'].map((table) => `create table ${table} (n int, ${definition.join()})`).join(';'),
  )
  const [direct, streamed] = ['direct', 'streamed'].map((table) =>
    tableOf<Record<string, unknown>>()(table, { columns: ['n', ...names] }),
  ) as [
    ReturnType<ReturnType<typeof tableOf<Record<string, unknown>>>>,
    ReturnType<ReturnType<typeof tableOf<Record<string, unknown>>>>,
  ]
  const rows = [1, 2, 3].map((n) => ({
    n,
    ...Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[n]])),
  }))
  const onDeadLetter = ({ error }: { readonly error: Error }) => {
    throw error
  }
  await using flow = createBatchFlow({ driver: postgres({ pool }), onDeadLetter })
  await using producer = createStreamProducer({ client, stream, shards: 1, onDeadLetter })
  await using worker = createStreamWorker({
    client,
    stream,
    shards: 1,
    group: 'writers',
    leaseMs: 500,
    targets: { streamed },
    ledger: { driver: () => postgres({ pool, ledger: true }) },
  })
  for (const row of rows) {
    await flow.submit(direct, row)
    await producer.submit(streamed, row)
  }
  await flow.flush()
  await eventually(() => worker.stats().rowsSettled === rows.length)
  expect(worker.stats().rowsDeadLettered).toBe(0)
  const stored = async (table: string) => {
    const text = `select row_to_json(t)::text as row from (select * from ${table} order by n) t`
    return (await pool.query<{ row: string }>(text)).rows
  }
  const expected = await stored('direct')
  expect(expected).toHaveLength(3)
  expect(await stored('streamed')).toEqual(expected)
})
