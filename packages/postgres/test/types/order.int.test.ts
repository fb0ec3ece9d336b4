import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { openTypeServer, type TypeServer } from './server.ts'
import { numbers } from './values/numbers.ts'
import { times } from './values/times.ts'
import { texts } from './values/texts.ts'

// Writers that lock the same rows sort them by key: each must see the same order, and the same keys as equal.

let server: TypeServer

beforeAll(async () => {
  server = await openTypeServer()
  await server.query('create domain whole_number as int4; create extension citext')
})
afterAll(() => server.close())

test.each([...numbers, ...times, ...texts.filter(([type]) => type === 'uuid')])(
  'texts of %s compare as their values do in PostgreSQL',
  async (type, arbitrary) => {
    const encoder = await server.encoderOf(type)
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { minLength: 2, maxLength: 30 }), async (values) => {
        const keys = values.map(({ value }) => encoder.text(value))
        const rows = await server.query(
          `select l as text, lag(l) over w as last, lag(l::${type}) over w = l::${type} as equal
            from unnest($1::text[]) u(l) window w as (order by l::${type})`,
          [keys],
        )
        for (const { text, last, equal } of rows.slice(1))
          expect(Math.sign(encoder.compare(String(last), String(text)))).toBe(equal === true ? 0 : -1)
      }),
      { numRuns: 50 },
    )
  },
)

test.each([
  ['bpchar', 'a', 'a  '],
  ['citext', 'Zürich', 'zÜRICH'],
  ['uuid', 'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6', 'f81d4fae7dec11d0a76500a0c91e6bf6'],
  ['numeric', '1e2', '0100.00'],
  ['timestamptz', '2024-06-01T12:00:00Z', '2024-06-01 07:00-05'],
  ['interval', 'P1M', '29 days 24:00'],
  ['inet', '10.0.0.1', '10.0.0.1/32'],
  ['inet', '2001:DB8::1/128', '2001:db8::1'],
  ['macaddr', '08:00:2B:01:02:03', '0800.2b01.0203'],
])('%s takes %j and %j for equal, as PostgreSQL does', async (type, a, b) => {
  const encoder = await server.encoderOf(type)
  expect(encoder.compare(encoder.text(a), encoder.text(b))).toBe(0)
  expect(await server.query(`select $1::${type} = $2::${type} as equal`, [a, b])).toEqual([{ equal: true }])
})

test('numbers beyond those of JavaScript compare exactly', async () => {
  const encoder = await server.encoderOf('numeric')
  const rising = [
    '-Infinity',
    '-1e401',
    '-2e400',
    '-1e400',
    '-1e-400',
    '0',
    '1e-401',
    '1e-400',
    '1.0000000000000000001',
  ]
  rising.push(
    '1.0000000000000000002',
    '123456789012345678901',
    '123456789012345678902',
    '1e400',
    '2e400',
    '1e401',
  )
  rising.push('Infinity', 'NaN')
  for (const [index, one] of rising.entries())
    for (const [place, other] of rising.entries())
      expect(Math.sign(encoder.compare(one, other))).toBe(Math.sign(index - place))
  const sorted = await server.query(
    'select array_agg(n order by n::numeric) as n from unnest($1::text[]) n',
    [rising],
  )
  expect(sorted).toEqual([{ n: rising }])
})
