import { tableOf } from '@batchflow/sql'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { classify } from '../src/classify.ts'
import { encodeRows } from '../src/encode-rows.ts'
import type { Bound } from '../src/packed-values.ts'
import type { EncodedRows, TableDescription } from '../src/protocol.ts'
import { singleRows, stepsOf } from '../src/steps.ts'
import { planTable } from '../src/table-plan.ts'

type Row = Readonly<Record<string, unknown>>

function planOf(columns: Readonly<Record<string, string>>) {
  const description: TableDescription = {
    kind: 'table',
    strict: false,
    columns: Object.entries(columns).map(([name, type]) => ({ name, type, generated: false })),
    keys: [],
  }
  return planTable(tableOf<Row>()('notes', { columns: Object.keys(columns) }), description)
}

/** The values of each row, as the worker binds them, with the text of the statement for one row. */
function arrived(encoded: EncodedRows): { readonly text: string; readonly values: readonly Bound[] }[] {
  return stepsOf(encoded)
    .flatMap(singleRows)
    .map(({ text, values }) => ({ text, values }))
}

const notes = planOf({ id: 'INTEGER', note: 'TEXT' })
const rows = ['abc', 'def', 'ghi'].map((note, id) => ({ id, note }))
const values = [
  [0, 'abc'],
  [1, 'def'],
  [2, 'ghi'],
]

function errorOf(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

test('texts that fill one string to the last character are one batch', () => {
  const { rows: encoded, refused } = encodeRows(notes, rows, { maxTextLength: 9 })
  expect(encoded.values.columns).toEqual([undefined, 'abcdefghi'])
  expect(arrived(encoded).map((row) => row.values)).toEqual(values)
  expect(refused.size).toBe(0)
})

test('texts with more characters than one string can have make a batch that is to be split', () => {
  const error = errorOf(() => encodeRows(notes, rows, { maxTextLength: 8 }))
  expect(classify(error)).toEqual({ kind: 'split', reason: 'too_large' })
  expect(error).toMatchObject({
    message: 'notes: the texts of a batch must fit into one string, got more characters than that',
  })
  expect(() => encodeRows(notes, rows.slice(0, 2), { maxTextLength: 8 })).not.toThrow()
  const two = planOf({ a: 'TEXT', b: 'JSON' })
  const row = { a: 'abc', b: 'def' }
  expect(() => encodeRows(two, [row], { maxTextLength: 8 })).not.toThrow()
  expect(classify(errorOf(() => encodeRows(two, [row], { maxTextLength: 7 })))?.kind).toBe('split')
})

test('half a character is seen where two texts make a whole one, and at both ends', () => {
  for (const bad of [
    ['a\ud83d', '\ude00b'],
    ['\ude00', ''],
    ['', '\ud83d'],
  ]) {
    const { refused } = encodeRows(
      notes,
      bad.map((note, id) => ({ id, note })),
    )
    const ill = bad.flatMap((note, index) => (/[\ud800-\udfff]/.test(note) ? [index] : []))
    expect([...refused.keys()]).toEqual(ill)
  }
})

test('a row whose values are other ones when it is looked at again is refused then', () => {
  let looks = 0
  const restless = { toJSON: () => (++looks > 1 ? undefined : 'x') }
  const plan = planOf({ id: 'INTEGER', note: 'JSON' })
  const bad = { id: 'no integer', note: 'x' }
  const { rows: encoded, refused } = encodeRows(plan, [{ id: 1, note: restless }, bad, { id: 2, note: 'x' }])
  expect(arrived(encoded).map((row) => row.values)).toEqual([[2, '"x"']])
  expect(new Set(refused.keys())).toEqual(new Set([0, 1]))
})

const types = {
  id: 'INTEGER',
  note: 'TEXT',
  score: 'REAL',
  amount: 'DECIMAL',
  any: '',
  made: 'DATETIME',
  bytes: 'BLOB',
  document: 'JSON',
  constructor: 'TEXT',
}
const plan = planOf(types)

const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('', 'Zürich', '北京市', '😀', '\ud83d', '\ude00', 'a\0b', '17'),
)
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, Number.NaN, Infinity, 2 ** 53))
const value = fc.oneof(
  text,
  number,
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
  fc.boolean(),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 4 }),
  fc.constant(null),
  fc.constant(undefined),
)
const row = fc.record(
  {
    id: fc.oneof({ weight: 8, arbitrary: fc.integer() }, value),
    note: fc.oneof({ weight: 8, arbitrary: text }, value),
    score: fc.oneof({ weight: 8, arbitrary: number }, value),
    amount: fc.oneof({ weight: 8, arbitrary: number }, value),
    any: value,
    made: fc.oneof({ weight: 8, arbitrary: fc.date() }, value),
    bytes: fc.oneof({ weight: 8, arbitrary: fc.uint8Array({ maxLength: 4 }) }, value),
    document: fc.oneof(
      fc.json().map((json) => JSON.parse(json) as unknown),
      value,
    ),
    constructor: fc.oneof({ weight: 8, arbitrary: text }, value),
  },
  { requiredKeys: [] },
)

test('whatever the columns of rows are and hold, the worker binds what each encoder gives, row by row', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (some) => {
      const { rows: encoded, refused } = encodeRows(plan, some)
      const expected = some.map((one: Row) => {
        const present = plan.columns.filter(({ name }) => Object.hasOwn(one, name) && one[name] !== undefined)
        const bound = present.map(({ name, encoder }) => encoder.encode(one[name]))
        const bad = present.find((_, index) => bound[index] === undefined)
        const rule = bad
          ? `notes.${bad.name} must be ${bad.encoder.rule}`
          : 'a row needs at least one declared column'
        return present.length === 0 || bad
          ? { rule }
          : { text: plan.form(plan.setOf(one)).statements(1).texts[0]?.text, values: bound }
      })
      expect(arrived(encoded)).toEqual(expected.filter((one) => !('rule' in one)))
      expect([...refused.keys()].toSorted((a, b) => a - b)).toEqual(
        [...expected.keys()].filter((index) => 'rule' in (expected[index] as object)),
      )
      for (const [index, error] of refused) expect(error.message).toContain(expected[index]?.rule)
    }),
    { numRuns: 2_000 },
  )
})
