import { expect, test } from '@jest/globals'
import { Entry } from '../../src/worker/entry.ts'
import { halvesOf, type PartRules, partsOf, spanOfPart } from '../../src/worker/parts.ts'
import { StreamRow } from '../../src/worker/position.ts'

const rules: PartRules = {
  semantics: { key: (row) => row['key'] as number, bytesOf: () => 10 },
  repeatedKeys: false,
  maxRows: 100,
  maxBytes: Number.POSITIVE_INFINITY,
}
const joining: PartRules = {
  ...rules,
  semantics: { ...rules.semantics, coalesce: (_, later) => (later['alone'] === true ? undefined : later) },
}

/** Rows of one entry with these keys; from `fresh` on they are new. */
function rowsWith(keys: readonly (number | undefined)[], fresh = 0): readonly StreamRow[] {
  const entry = new Entry('1-0', { target: 't', rows: keys.map((key, index) => ({ key, index })), bytes: 1 })
  return entry.rows.map((row, index) => new StreamRow(entry, index, { row, again: index < fresh }))
}

const keysOf = (parts: ReturnType<typeof partsOf>) => parts.map(({ rows }) => rows.map((row) => row['key']))

test('a key that comes again begins another part, and no row is overtaken', () => {
  expect(keysOf(partsOf(rowsWith([1, 2, 1, 3, 2]), rules))).toEqual([
    [1, 2],
    [1, 3, 2],
  ])
})

test('rows without a key are never the same', () => {
  expect(keysOf(partsOf(rowsWith([undefined, undefined]), rules))).toEqual([[undefined, undefined]])
})

test('a driver that takes repeated keys gets them in one part', () => {
  expect(keysOf(partsOf(rowsWith([1, 1, 1]), { ...rules, repeatedKeys: true }))).toEqual([[1, 1, 1]])
})

test('rows that can be joined are, and each has the outcome of what stands for it', () => {
  const [part, ...others] = partsOf(rowsWith([1, 2, 1]), joining)
  expect(others).toEqual([])
  expect(part?.rows).toEqual([
    { key: 1, index: 2 },
    { key: 2, index: 1 },
  ])
  expect(part?.places).toEqual([0, 1, 0])
  expect(part && spanOfPart(part).rows).toBe(3)
})

test('parts end at the most rows and the most bytes that the driver takes', () => {
  expect(keysOf(partsOf(rowsWith([1, 2, 3]), { ...rules, maxRows: 2 }))).toEqual([[1, 2], [3]])
  expect(keysOf(partsOf(rowsWith([1, 2, 3]), { ...rules, maxBytes: 25 }))).toEqual([[1, 2], [3]])
})

test('rows that were written before and rows that were not are in parts of their own', () => {
  const parts = partsOf(rowsWith([1, 2, 3], 2), rules)
  expect(parts.map(({ again, members }) => [again, members.length])).toEqual([
    [true, 2],
    [false, 1],
  ])
})

test('halves hold all rows, in their order', () => {
  const [part] = partsOf(rowsWith([1, 2, 3, 4, 5]), rules)
  expect(part && keysOf(halvesOf(part, rules))).toEqual([
    [1, 2, 3],
    [4, 5],
  ])
})
