import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { splitRows } from '../src/split-rows.ts'
import { type Bound, literalOf } from '../src/types/index.ts'

const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.integer(),
  fc.constant(null),
)

test('every row goes once, in order, within the limits; what fits no statement is given up', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(value, value), { maxLength: 60 }),
      fc.integer({ min: 30, max: 400 }),
      fc.boolean(),
      (rows, maxBytes, binds) => {
        const refused: number[] = []
        const indices = rows.map((_, index) => index + 100)
        const parts = splitRows(
          { indices, values: rows.flat() as (Bound | null)[] },
          { columns: 2, maxBytes, binds, refuse: (index) => refused.push(index) },
        )
        const taken = parts.flatMap((part) => part.indices)
        expect(taken).toEqual(indices.filter((index) => !refused.includes(index)))
        expect(parts.flatMap((part) => part.values)).toEqual(taken.flatMap((index) => rows[index - 100]))
        for (const part of parts) {
          const text = part.values.map(literalOf).join(', ')
          if (!part.mustBind) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes)
          else expect(binds).toBe(true)
        }
      },
    ),
  )
})

test('a binary value that is too large as a literal is bound', () => {
  const values = [Buffer.alloc(600)]
  const options = { columns: 1, maxBytes: 1_000, refuse: () => {} }
  expect(splitRows({ indices: [0], values }, { ...options, binds: true })).toEqual([
    { indices: [0], values, mustBind: true },
  ])
  expect(splitRows({ indices: [0], values }, { ...options, binds: false })).toEqual([])
})
