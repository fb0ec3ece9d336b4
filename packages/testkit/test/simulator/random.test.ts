import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Random } from '../../src/simulator/random.ts'

const draw = (seed: number) => {
  const random = new Random(seed)
  return Array.from({ length: 5 }, () => random.next())
}

test('a seed decides the numbers, and neighbouring seeds draw others', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(draw(seed)).toEqual(draw(seed))
      expect(draw(seed)).not.toEqual(draw(seed + 1))
    }),
  )
})

test('whole numbers are within their bounds and reach both', () => {
  const random = new Random(1)
  const drawn = new Set(Array.from({ length: 200 }, () => random.integer(-1, 2)))
  expect([...drawn].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2])
})

test('a name without weight is never drawn', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new Random(seed)
      const drawn = Array.from({ length: 20 }, () => random.weighted({ never: 0, a: 1, b: 2, not: 0 }))
      expect(drawn).not.toContain('never')
      expect(drawn).not.toContain('not')
    }),
  )
})

test('numbers drawn in one part of a run do not change those of another', () => {
  const [one, other] = [new Random(7), new Random(7)]
  const fork = one.fork()
  fork.next()
  other.fork()
  expect(one.next()).toBe(other.next())
})
