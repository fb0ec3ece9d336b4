import { expect, test } from '@jest/globals'
import { encodeParameters } from '../src/query-parameter.ts'

test('parameters are bound as they would have been stored', () => {
  const bytes = new Uint8Array([1, 2, 3])
  expect(
    encodeParameters([null, 'x\0', 1, 1.5, Infinity, 2n ** 63n - 1n, true, new Date(0), bytes.subarray(1)]),
  ).toEqual([
    null,
    'x\0',
    1n,
    1.5,
    Infinity,
    2n ** 63n - 1n,
    1n,
    '1970-01-01T00:00:00.000Z',
    new Uint8Array([2, 3]),
  ])
})

const rule =
  'null, a string without lone surrogates, a number other than NaN, a bigint within 64 bits, a boolean, ' +
  'a Date of the years 0 to 9999, or a Buffer'

test.each<readonly [kind: string, value: unknown]>([
  ['NaN', Number.NaN],
  ['undefined', undefined],
  ['an invalid or far Date', new Date(Number.NaN)],
  ['a string with a lone surrogate', '\ud800'],
  ['a bigint beyond 64 bits', 2n ** 63n],
  ['an object', {}],
  ['an array', []],
  ['a symbol', Symbol('x')],
  ['a function', () => 1],
  ['an ArrayBuffer view', new Float64Array(1)],
])('%s is no parameter', (kind, value) => {
  expect(() => encodeParameters([1, value])).toThrow(
    expect.objectContaining({
      code: 'BATCHFLOW_INVALID_OPTION',
      message: `params[1] must be ${rule}, got ${kind}`,
    }),
  )
})

test('a hole is no parameter', () => {
  const params: unknown[] = []
  params[1] = 1
  expect(() => encodeParameters(params)).toThrow(/^params\[0\] must be .*, got undefined$/)
})

test.each<readonly [kind: string, params: unknown]>([
  ['an integer', 5],
  ['a string', 'secret'],
  ['null', null],
  ['an object', { id: 1 }],
])('%s is no list of parameters', (kind, params) => {
  expect(() => encodeParameters(params)).toThrow(
    expect.objectContaining({
      code: 'BATCHFLOW_INVALID_OPTION',
      message: `params must be an array, got ${kind}`,
    }),
  )
})
