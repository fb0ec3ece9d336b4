import { expect, test } from '@jest/globals'
import { Pressure } from '../../src/engine/pressure.ts'

function watched() {
  const told: string[] = []
  const pressure = new Pressure({ bufferSize: 100, bufferBytes: 1_000 }, (level) => void told.push(level))
  return { told, pressure }
}

test('pressure begins at four fifths of the room, in rows or bytes, and ends at half', () => {
  const { told, pressure } = watched()
  for (const rows of [79, 80, 100, 51, 60, 50, 79]) pressure.look(rows, 0)
  expect(told).toEqual(['high', 'normal'])
  for (const bytes of [799, 800, 501, 500]) pressure.look(0, bytes)
  expect(told).toEqual(['high', 'normal', 'high', 'normal'])
})

test('it does not end while either rows or bytes are too many', () => {
  const { told, pressure } = watched()
  pressure.look(90, 900)
  pressure.look(10, 600)
  pressure.look(60, 10)
  expect([told, pressure.level]).toEqual([['high'], 'high'])
})

test('a row that makes it high is noticed, and no other', () => {
  const { pressure } = watched()
  expect([pressure.rises(79, 0), pressure.rises(80, 0), pressure.rises(1, 800)]).toEqual([false, true, true])
  pressure.look(80, 0)
  expect(pressure.rises(81, 0)).toBe(false)
})

test('the most that was seen is remembered', () => {
  const { pressure } = watched()
  pressure.remember(5, 70)
  pressure.remember(9, 30)
  expect(pressure.remember(1, 1)).toEqual({ rows: 9, bytes: 70 })
})
