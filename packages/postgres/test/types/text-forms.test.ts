import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { encoder } from './types.ts'

test.each([
  ['bool', true, 't'],
  ['bool', false, 'f'],
  ['int4', -0, '0'],
  ['int4', 2147483647, '2147483647'],
  ['int4', '-007', '-7'],
  ['int8', Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ['int8', '-9223372036854775808', '-9223372036854775808'],
  ['oid', 4294967295, '4294967295'],
  ['float8', -0, '-0'],
  ['float8', -Infinity, '-Infinity'],
  ['float8', '1e3', '1000'],
  ['float8', 2n ** 53n - 1n, '9007199254740991'],
  // The nearest float4, of which the text has to say as much as the bytes.
  ['float4', 0.1, '0.10000000149011612'],
  ['numeric', 0.1, '0.1'],
  ['numeric', '00012.50', '00012.50'],
  ['numeric', 10n ** 30n, '1000000000000000000000000000000'],
  ['numeric', Number.NaN, 'NaN'],
  ['text', 'NULL', 'NULL'],
  ['bytea', new Uint8Array([0, 171]).subarray(1), '\\xab'],
  ['bytea', Buffer.alloc(0), '\\x'],
  ['json', 'a', '"a"'],
  ['json', '{"a":1}', '"{\\"a\\":1}"'],
  ['json', [1, { a: undefined, b: new Date(0) }], '[1,{"b":"1970-01-01T00:00:00.000Z"}]'],
  ['json', 'a\0\ud800', '"a\\u0000\\ud800"'],
  ['jsonb', '\\u0000 \n \u0001', '"\\\\u0000 \\n \\u0001"'],
  ['date', new Date('2024-06-01T23:59:59.999Z'), '2024-06-01'],
  ['date', new Date('0000-02-29T00:00:00Z'), '0001-02-29 BC'],
  ['date', new Date('-000043-03-15T00:00:00Z'), '0044-03-15 BC'],
  ['date', new Date(8.64e15), '275760-09-13'],
  ['date', '-000043-03-15', '0044-03-15 BC'],
  ['date', '0000-12-31', '0001-12-31 BC'],
  ['date', '+012345-01-02', '12345-01-02'],
  ['date', '5874897-12-31', '5874897-12-31'],
  ['date', '-infinity', '-infinity'],
  ['timestamp', new Date('2024-06-01T12:00:00.007Z'), '2024-06-01T12:00:00.007Z'],
  ['timestamp', '2024-06-01', '2024-06-01'],
  ['timestamp', '2024-06-01T24:00', '2024-06-01T24:00'],
  ['timestamptz', '2024-06-01 12:00:00.123456-04:56:02', '2024-06-01 12:00:00.123456-04:56:02'],
  ['timestamptz', '-000001-12-31T23:59:59.999Z', '0002-12-31T23:59:59.999Z BC'],
  ['timestamptz', '0044-03-15 12:00:00+00 BC', '0044-03-15 12:00:00+00 BC'],
  ['time', '24:00:00', '24:00:00'],
  ['timetz', '12:30:15.5-0330', '12:30:15.5-0330'],
  ['interval', 'PT0.5H', 'P0M0DT0H30M0.000000S'],
  ['interval', '-P1Y2M3W4DT-0.000001S', 'P-14M-25DT0H0M0.000001S'],
  ['interval', '1 year 2 mons -3 days -04:05:06.789', 'P14M-3DT-4H-5M-6.789000S'],
  ['interval', '1.5 hours 90 mins 1 us', 'P0M0DT3H0M0.000001S'],
  ['mood', 'sad', 'sad'],
  ['inet', '::ffff:10.0.0.1/120', '::ffff:10.0.0.1/120'],
  ['int4[]', [], '{}'],
  ['int4[]', [1, null, '2'], '{1,NULL,2}'],
  ['text[]', ['', 'NULL', 'a b', '"', '\\', '\n"'], '{"","NULL","a b","\\"","\\\\","\n\\""}'],
  ['bytea[]', [Buffer.from('a')], '{"\\\\x61"}'],
  ['jsonb[]', [[1, 2], { a: null }, 'x'], '{"[1,2]","{\\"a\\":null}","\\"x\\""}'],
  ['box[]', ['(1,1),(0,0)', null], '{"(1,1),(0,0)";NULL}'],
  ['timestamptz[]', [new Date(0)], '{1970-01-01T00:00:00.000Z}'],
] as const)('%s: %p is %j', (type, value, text) => {
  expect(encoder(type).text(value)).toBe(text)
})

test('a Date is the text that toISOString gives, whatever the Date before it', () => {
  const { text } = encoder('timestamptz')
  const near = fc.date({ min: new Date('2024-06-01T23:58Z'), max: new Date('2024-06-02T00:02Z') })
  const any = fc.date({ min: new Date('0001-01-01Z'), max: new Date('9999-12-31T23:59:59.999Z') })
  fc.assert(
    fc.property(fc.array(fc.oneof(near, any)), (dates) => {
      for (const date of dates.filter((one) => !Number.isNaN(one.getTime())))
        expect(text(date)).toBe(date.toISOString())
    }),
  )
})

test('a Date of another class or realm is read by its own time', () => {
  class Liar extends Date {
    override getTime(): number {
      return 1
    }
    override getUTCFullYear(): number {
      return 1
    }
  }
  expect(encoder('timestamp').text(new Liar(0))).toBe('1970-01-01T00:00:00.000Z')
  expect(encoder('date').text(new Liar(-1))).toBe('1969-12-31')
})
