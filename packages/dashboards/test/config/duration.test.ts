import { expect, test } from '@jest/globals'
import { live, production } from '../../src/config/config.ts'
import { duration, pendingFor, seconds, window } from '../../src/config/duration.ts'

test.each([
  [0, '0s'],
  [15, '15s'],
  [90, '1m30s'],
  [3_600, '1h'],
  [259_200, '3d'],
])('%d s are written as %s, and read', (length, text) => {
  expect(duration(length)).toBe(text)
  expect(seconds(text)).toBe(length)
})

test('a live run divides windows by 30 and waits 5 s at most', () => {
  expect([window('1h', production), window('1h', live)]).toEqual(['1h', '2m'])
  expect([pendingFor('5m', production), pendingFor('5m', live), pendingFor('0s', live)]).toEqual([
    '5m',
    '5s',
    '0s',
  ])
})
