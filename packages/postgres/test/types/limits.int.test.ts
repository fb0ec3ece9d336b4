import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { arrayLiteral } from '../../src/types/index.ts'
import { copyOf } from './binary-copy.ts'
import { openTypeServer, type TypeServer } from './server.ts'

let server: TypeServer

beforeAll(async () => {
  server = await openTypeServer()
})
afterAll(() => server.close())

const nines = (count: number): string => '9'.repeat(count)

test.each([
  ['date', '4714-11-24 BC', '4714-11-23 BC'],
  ['date', '5874897-12-31', '5874898-01-01'],
  ['timestamp', '4714-11-24 00:00:00 BC', '4714-11-23 23:59:59.999999 BC'],
  ['timestamp', '294276-12-31 23:59:59.999999', '294277-01-01 00:00:00'],
  ['timestamptz', '4714-11-24 00:00:00+00 BC', '4714-11-24 00:00:00+00:01 BC'],
  ['timestamptz', '294276-12-31 23:59:59.999999Z', '294276-12-31 23:59:59.999999-00:01'],
  ['timetz', '12:00+15:59:59', '12:00+16:00'],
  ['interval', 'P-2147483648M2147483647DT0S', 'P2147483648M'],
  ['numeric', `-${nines(131_072)}.${nines(16_383)}`, nines(131_073)],
  ['numeric', '1e-16383', `0.${nines(16_384)}`],
  ['float8', '1.7976931348623157e308', '1.8e308'],
  ['float8', '5e-324', '1e-324'],
  ['float4', 3.4028234663852886e38, 3.5e38],
  ['float4', 1.401298464324817e-45, 1e-46],
  ['name', 'n'.repeat(63), undefined],
  ['inet', '::/128', '::/129'],
] as const)(
  '%s: the last value is stored, the next is refused here and by PostgreSQL',
  async (type, last, next) => {
    await server.query(
      `drop table if exists t; create temp table t (n int generated always as identity, v ${type})`,
    )
    const encoder = await server.encoderOf(type)
    const literal = arrayLiteral(encoder, [last], (_, error) => {
      throw error
    })
    await server.query(`insert into t (v) select * from unnest($1::${encoder.arrayOf}[])`, [literal])
    if (encoder.binary)
      await server.copy('copy t (v) from stdin (format binary)', copyOf([encoder], [[last]]))
    const stored = await server.query(`select v = $1::${type} as same from t`, [String(last)])
    expect(stored).toEqual(stored.map(() => ({ same: true })))
    expect(stored).toHaveLength(encoder.binary ? 2 : 1)
    if (next === undefined) return
    expect(() => encoder.text(next)).toThrow(/^must be /)
    await expect(server.query(`select $1::${type}`, [String(next)])).rejects.toThrow(/range|overflow|invalid/)
  },
)

test('an interval as far as its text goes is stored to the microsecond', async () => {
  await server.query(
    'drop table if exists t; create temp table t (n int generated always as identity, v interval)',
  )
  const encoder = await server.encoderOf('interval')
  const far = 'PT-2147483647H-59M-59.999999S'
  await server.query('insert into t (v) values ($1)', [encoder.text(far)])
  await server.copy('copy t (v) from stdin (format binary)', copyOf([encoder], [[far]]))
  const stored = await server.query(`select v::text from t`)
  expect(stored).toEqual([{ v: '-2147483647:59:59.999999' }, { v: '-2147483647:59:59.999999' }])
})

test('JSON of a thousand levels is stored', async () => {
  let value: unknown = 1
  for (let level = 0; level < 1000; level++) value = level % 2 ? [value] : { a: value }
  const encoder = await server.encoderOf('jsonb')
  const rows = await server.query('select $1::jsonb as v', [encoder.text(value)])
  expect(rows).toEqual([{ v: value }])
})

test('bytes that are cut short are refused by the server, not stored', async () => {
  await server.query('drop table if exists t; create temp table t (v int4)')
  const encoder = await server.encoderOf('int8')
  const bytes = copyOf([encoder], [[1]])
  await expect(server.copy('copy t from stdin (format binary)', bytes)).rejects.toMatchObject({
    code: '22P03',
  })
  expect(await server.query('select count(*)::int4 as rows from t')).toEqual([{ rows: 0 }])
})
