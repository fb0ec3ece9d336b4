import { expect, test } from '@jest/globals'
import { timeShower } from '../../src/render/show-time.ts'

test('a time is shown in its zone', () => {
  expect(timeShower('UTC')('2026-03-01T12:00:00.123Z')).toBe('2026-03-01 12:00:00 UTC')
  expect(timeShower('Asia/Shanghai')('2026-03-01T17:30:00+01:00')).toBe('2026-03-02 00:30:00')
})

test('what is no time is not shown', () => {
  expect(timeShower('UTC')('soon')).toBe('')
  expect(timeShower('UTC')('')).toBe('')
})
