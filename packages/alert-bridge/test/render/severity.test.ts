import { expect, test } from '@jest/globals'
import { markOf, rankOf, worstFirst } from '../../src/render/severity.ts'

test('severities rank as rule files mean them, and an unknown one as a warning', () => {
  expect(['critical', 'Page', 'error', 'warning', 'info', 'P3', ''].map(rankOf)).toEqual([
    0, 0, 1, 2, 3, 2, 2,
  ])
})

test('a resolved alert is marked so, whatever its severity was', () => {
  expect(markOf({ status: 'resolved', severity: 'critical' })).toBe('✅')
  expect(markOf({ status: 'firing', severity: 'critical' })).toBe('🔴')
})

test('alerts sort by state first and by severity then', () => {
  const alerts = ['resolved critical', 'firing info', 'firing critical', 'resolved info'].map((text) => {
    const [status = '', severity = ''] = text.split(' ')
    return { status, severity }
  })
  expect(alerts.toSorted(worstFirst).map(({ status, severity }) => `${status} ${severity}`)).toEqual([
    'firing critical',
    'firing info',
    'resolved critical',
    'resolved info',
  ])
})
