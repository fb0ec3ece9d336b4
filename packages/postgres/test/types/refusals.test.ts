import { expect, test } from '@jest/globals'
import { ByteWriter } from '../../src/types/index.ts'
import { encoder } from './types.ts'

test.each([
  [
    'int2',
    32768,
    'an integer from -32768 to 32767, as a number, a bigint or a string of digits',
    'an integer out of range',
  ],
  ['int4', -2147483649n, undefined, 'a bigint out of range'],
  ['int4', '2147483648', undefined, 'a string of digits out of range'],
  ['int4', '1.0', undefined, 'a string'],
  ['int4', ' 1', undefined, 'a string'],
  ['int4', '', undefined, 'a string'],
  ['int8', 2 ** 53, undefined, 'an integer beyond 2^53 as a number'],
  ['int8', 2n ** 63n, undefined, 'a bigint out of range'],
  ['int8', '-9223372036854775809', undefined, 'a string of digits out of range'],
  ['int8', '9'.repeat(1000), undefined, 'a string of digits out of range'],
  ['oid', -1, undefined, 'an integer out of range'],
  ['float8', '1e309', undefined, 'a number out of range'],
  ['float8', '-1e-400', undefined, 'a number out of range'],
  ['float8', '0x10', undefined, 'a string'],
  ['float8', 'infinity', undefined, 'a string'],
  ['float8', 2n ** 53n + 1n, undefined, 'a bigint'],
  ['float4', 1e39, undefined, 'a number out of range'],
  ['float4', '1e-60', undefined, 'a number out of range'],
  ['numeric', '1e131072', undefined, 'one with more'],
  ['numeric', '1e-16384', undefined, 'one with more'],
  ['numeric', '1e99999999', undefined, 'a string'],
  ['numeric', '1,5', undefined, 'a string'],
  ['numeric', '.', undefined, 'a string'],
  ['numeric', '1.2.3', undefined, 'a string'],
  ['numeric', '-', undefined, 'a string'],
  ['numeric', '', undefined, 'a string'],
  ['numeric', 'nan', undefined, 'a string'],
  ['text', 'a\0b', 'a string without NUL or lone surrogates', 'a string with NUL'],
  ['text', '\ud800', undefined, 'a string with a lone surrogate'],
  ['name', 'ü'.repeat(32), undefined, 'a longer string'],
  ['"char"', 'ab', undefined, 'a string'],
  ['"char"', 'ü', undefined, 'a string'],
  ['"char"', '\0', undefined, 'a string with NUL'],
  ['hstore', 'a\0', undefined, 'a string with NUL'],
  ['mood', 'a\0', undefined, 'a string with NUL'],
  ['bytea', '\\x00', 'a Buffer or Uint8Array', 'a string'],
  ['bytea', new Float64Array(1), undefined, 'an ArrayBuffer view'],
  ['uuid', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf', undefined, 'a string'],
  ['uuid', 'f81d4fae-7dec-11d0-a765-00a0c91e6bfg', undefined, 'a string'],
  ['uuid', 'f81d4fae-7dec-11d0-a765-00a0c91e6b\u0130\u0130', undefined, 'a string'],
  ['uuid', 'f81d4fae7dec-11d0-a765-00a0c91e6bf6-', undefined, 'a string'],
  [
    'json',
    { a: [Number.NaN] },
    'what JSON can hold without a change, at any depth',
    'an object with NaN in it',
  ],
  ['json', [1n], undefined, 'an array with a bigint in it'],
  ['json', { a: () => 1 }, undefined, 'an object with a function in it'],
  ['json', [undefined], undefined, 'an array with undefined in it'],
  ['jsonb', 'a\0', undefined, 'a string with NUL'],
  ['jsonb', { '\ud800': 1 }, undefined, 'an object with NUL or a lone surrogate in it'],
  ['jsonb', ['\\\0'], undefined, 'an array with NUL or a lone surrogate in it'],
  ['date', new Date(Number.NaN), undefined, 'an invalid Date'],
  ['date', new Date(-8.64e15), undefined, 'a day out of range'],
  ['date', '2023-02-29', undefined, 'a string'],
  ['date', '1900-02-29', undefined, 'a string'],
  ['date', '2024-13-01', undefined, 'a string'],
  ['date', '2024-6-1', undefined, 'a string'],
  ['date', '01/06/2024', undefined, 'a string'],
  ['date', '2024-06-01T00:00:00Z', undefined, 'a string'],
  ['date', '4714-11-23 BC', undefined, 'a day out of range'],
  ['date', '5874898-01-01', undefined, 'a day out of range'],
  ['date', '0000-01-01 BC', undefined, 'a string'],
  ['date', 'Infinity', undefined, 'a string'],
  ['date', 'today', undefined, 'a string'],
  ['timestamp', new Date(-8.64e15), undefined, 'a Date out of range'],
  ['timestamp', '2024-06-01T12:00:00+02', undefined, 'a string'],
  ['timestamp', '2024-06-01T12:00:00.1234567', undefined, 'a string'],
  ['timestamp', '294277-01-01T00:00', undefined, 'a string'],
  ['timestamp', '2024-06-01T', undefined, 'a string'],
  ['timestamp', '2024-06-01T25:00', undefined, 'a string'],
  ['timestamp', '2024-06-01T24:00:01', undefined, 'a string'],
  ['timestamp', '2024-06-01T12:60', undefined, 'a string'],
  ['timestamp', '2024-06-01T12:00:60', undefined, 'a string'],
  ['timestamp', '2024-06-01T12:00:00.', undefined, 'a string'],
  ['timestamp', '2024-06-01 12:00:00 ', undefined, 'a string'],
  ['timestamp', '2024-06-01T12:00:00Z ', undefined, 'a string'],
  ['timestamptz', '2024-06-01T12:00:00+01:00:00x', undefined, 'a string'],
  ['timestamptz', '2024-06-01T12:00:00Z BC BC', undefined, 'a string'],
  ['timestamp', 'now', undefined, 'a string'],
  ['timestamptz', new Date(Number.NaN), undefined, 'an invalid Date'],
  ['timestamptz', '2024-06-01T12:00:00', undefined, 'a string'],
  ['timestamptz', '2024-06-01', undefined, 'a string'],
  ['timestamptz', '2024-06-01T12:00:00+16', undefined, 'a string'],
  ['timestamptz', '2024-06-01T12:00:00+01:60', undefined, 'a string'],
  ['timestamptz', '2024-06-01T12:00:00 CET', undefined, 'a string'],
  ['timestamptz', '4714-11-24T00:00+01 BC', undefined, 'a string'],
  ['time', '12', undefined, 'a string'],
  ['time', '12:00Z', undefined, 'a string'],
  ['time', '12:00 BC', undefined, 'a string'],
  ['timetz', '12:00', undefined, 'a string'],
  ['interval', '', undefined, 'a string'],
  ['interval', 'P', undefined, 'a string'],
  ['interval', 'P1DT', undefined, 'a string'],
  ['interval', 'P1H', undefined, 'a string'],
  ['interval', '1.5 days', undefined, 'a string'],
  ['interval', '1 fortnight', undefined, 'a string'],
  ['interval', '5', undefined, 'a string'],
  ['interval', '1 day ', undefined, 'a string'],
  ['interval', 'PT0.0000001S', undefined, 'a string'],
  ['interval', `P${2 ** 31}M`, undefined, 'a string'],
  ['interval', `PT${2 ** 31}H`, undefined, 'a string'],
  ['inet', '10.0.0.1/33', undefined, 'a string'],
  ['inet', '10.0.0', undefined, 'a string'],
  ['inet', 'fe80::1%eth0', undefined, 'a string'],
  ['macaddr', 'a'.repeat(200), undefined, 'a string'],
  ['varbit', '012', undefined, 'a string'],
  ['int4range', '[1,2', undefined, 'a string'],
  ['int4range', '[a\0,b]', undefined, 'a string with NUL'],
  ['int4multirange', '[1,2)', undefined, 'a string'],
  ['int4[]', '{1}', 'an array', 'a string'],
  ['int4[]', [[1]], undefined, 'an array with an array in it'],
  ['int4[]', [1, undefined], undefined, 'an array with undefined in it'],
  ['int4[]', Array(1), undefined, 'an array with undefined in it'],
  [
    'int2[]',
    [70_000],
    'an array, each element null or an integer from -32768 to 32767, as a number, a bigint or a string of digits',
    'an array with an integer out of range in it',
  ],
] as const)('%s refuses %p as text and as bytes', (type, value, rule, kind) => {
  const { text, binary } = encoder(type)
  const refusal = expect.objectContaining({
    code: 'BATCHFLOW_INVALID_ROW',
    message: rule
      ? `must be ${rule}, got ${kind}`
      : expect.stringMatching(new RegExp(`, got ${kind.replace(/[\^]/g, '\\$&')}$`)),
  })
  expect(() => text(value)).toThrow(refusal)
  if (binary) expect(() => binary(value, new ByteWriter())).toThrow(refusal)
})

test('a buffer that was transferred away is refused, which would be stored as empty', () => {
  const bytes = new Uint8Array([1, 2, 3])
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  expect(() => encoder('bytea').text(bytes)).toThrow(/got one that was transferred$/)
  expect(encoder('bytea').text(new Uint8Array(new SharedArrayBuffer(0)))).toBe('\\x')
})

test('long texts are refused as fast as short ones', () => {
  const long = 'a'.repeat(100_000)
  const texts = { uuid: long, interval: long, macaddr: long, inet: long, numeric: `${long}.`, date: long }
  for (const [type, text] of Object.entries(texts))
    expect(() => encoder(type).text(text)).toThrow(/^must be /)
})
