import { expect, test } from '@jest/globals'
import { backoffMs } from '../../src/delivery/backoff.ts'

test('the back-off doubles from half a second to half a minute, between half and all of it', () => {
  expect([1, 2, 3, 7, 100].map((failures) => backoffMs(failures, () => 0))).toEqual([
    250, 500, 1_000, 15_000, 15_000,
  ])
  expect([1, 2, 3, 7, 100].map((failures) => backoffMs(failures, () => 1))).toEqual([
    500, 1_000, 2_000, 30_000, 30_000,
  ])
})
