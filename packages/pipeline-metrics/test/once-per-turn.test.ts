import { expect, test } from '@jest/globals'
import { oncePerTurn } from '../src/once-per-turn.ts'

test('one reading serves a synchronous pass', () => {
  let reads = 0
  const value = oncePerTurn(() => ++reads)
  expect([value.read(), value.read()]).toEqual([1, 1])
})

test('whoever awaits gets a new reading', async () => {
  let reads = 0
  const value = oncePerTurn(() => ++reads)
  value.read()
  await Promise.resolve()
  expect(value.read()).toBe(2)
})

test('a forgotten reading is taken again', () => {
  let reads = 0
  const value = oncePerTurn(() => ++reads)
  value.read()
  value.forget()
  expect(value.read()).toBe(2)
})
