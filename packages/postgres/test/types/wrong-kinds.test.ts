import { BatchFlowError } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { ByteWriter } from '../../src/types/index.ts'
import { encoder, typeNames } from './types.ts'

/** A value of each kind, that every type which takes the kind takes. */
const kinds = {
  'a boolean': true,
  'an integer': 1,
  'a bigint': 1n,
  'a Date': new Date(0),
  'a Buffer': Buffer.from('1'),
  'an array': [],
  'an object': {},
  NaN: Number.NaN,
  'a fraction': 1.5,
  undefined: undefined,
  'a symbol': Symbol('1'),
  'a function': () => '1',
  'a Map': new Map(),
  'an instance of a class': Object('1') as unknown,
} as const
type Kind = keyof typeof kinds

const integers: readonly Kind[] = ['an integer', 'a bigint']
const anyNumber: readonly Kind[] = [...integers, 'NaN', 'a fraction']
const ofJson: readonly Kind[] = ['a boolean', 'an integer', 'a fraction', 'a Date', 'an array', 'an object']
const taken: Readonly<Record<string, readonly Kind[]>> = {
  bool: ['a boolean'],
  bytea: ['a Buffer'],
  date: ['a Date'],
  float4: anyNumber,
  float8: anyNumber,
  int2: integers,
  int4: integers,
  int8: integers,
  json: ofJson,
  jsonb: ofJson,
  numeric: anyNumber,
  oid: integers,
  timestamp: ['a Date'],
  timestamptz: ['a Date'],
}

const cases = [...typeNames, 'text[]'].flatMap((type) =>
  Object.entries(kinds).map(([kind, value]) => [type, kind as Kind, value] as const),
)

test.each(cases)('%s and %s: taken on purpose, or refused by name', (type, kind, value) => {
  const { text, binary } = encoder(type)
  const uses = [() => text(value), ...(binary ? [() => binary(value, new ByteWriter())] : [])]
  const isTaken = type === 'text[]' ? kind === 'an array' : (taken[type] ?? []).includes(kind)
  for (const use of uses) {
    if (isTaken) expect(use).not.toThrow()
    else
      expect(use).toThrow(
        expect.objectContaining({
          code: 'BATCHFLOW_INVALID_ROW',
          message: expect.stringMatching(new RegExp(`^must be .*, got ${kind}$`, 's')),
        }),
      )
  }
})

test('a refusal is an error of BatchFlow', () => {
  let error: unknown
  try {
    encoder('int4').text('secret')
  } catch (thrown) {
    error = thrown
  }
  expect(BatchFlowError.is(error)).toBe(true)
  expect(String(error)).not.toContain('secret')
})
