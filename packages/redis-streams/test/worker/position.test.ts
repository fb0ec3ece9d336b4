import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareIds, entryOf, placeOf, sourceOf, spanOf, spanText } from '../../src/worker/position.ts'

const part = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

test('places compare as texts the way ids compare as numbers', () => {
  fc.assert(
    fc.property(
      fc.tuple(part, part, fc.nat(9_999_999)),
      fc.tuple(part, part, fc.nat(9_999_999)),
      (one, other) => {
        const [a, b] = [one, other].map(([ms, count, index]) => placeOf(`${ms}-${count}`, index)) as [
          string,
          string,
        ]
        const first = one.map(BigInt)
        const second = other.map(BigInt)
        const different = first.findIndex((value, index) => value !== second[index])
        const expected =
          different === -1 ? 0 : (first[different] as bigint) < (second[different] as bigint) ? -1 : 1
        expect(a < b ? -1 : a > b ? 1 : 0).toBe(expected)
      },
    ),
  )
})

test('an id is found again in its place', () => {
  expect(entryOf(placeOf('1767225600000-17', 499))).toBe('1767225600000-17')
  expect(compareIds('9-1', '10-0')).toBe(-1)
  expect(compareIds('10-2', '10-2')).toBe(0)
})

test('a span is found again in its text, and begins with what it is compared by', () => {
  const span = { first: placeOf('5-0', 0), last: placeOf('6-1', 12), rows: 513 }
  expect(spanOf(spanText(span))).toEqual(span)
  expect(spanText(span).startsWith(span.last)).toBe(true)
})

test('a source has a name of its own within 200 characters', () => {
  expect(sourceOf('orders:3:writers', 'users', 'c0ffee')).toBe('orders:3:writers:users@c0ffee')
  const [one, other] = ['a', 'b'].map((end) => sourceOf('s'.repeat(300) + end, 't', 'g')) as [string, string]
  expect(one).not.toBe(other)
  expect(one.length).toBeLessThanOrEqual(200)
})
