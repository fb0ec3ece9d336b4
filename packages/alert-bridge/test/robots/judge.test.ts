import { describe, expect, test } from '@jest/globals'
import { dingTalkErrors } from '../../src/robots/dingtalk-errors.ts'
import { judge } from '../../src/robots/judge.ts'
import { weComErrors } from '../../src/robots/wecom-errors.ts'

const outcomeOf = (errcode: number, table = dingTalkErrors) =>
  judge({ status: 200, body: JSON.stringify({ errcode, errmsg: 'x' }) }, table).outcome

describe('the answer of a robot', () => {
  test('counts by its code: only 0 is delivered', () => {
    expect(outcomeOf(0)).toBe('delivered')
    expect([130101, 410100].map((code) => outcomeOf(code))).toEqual(['rate_limited', 'rate_limited'])
    expect([310000, 300001, 400102, 430102, 460101].map((code) => outcomeOf(code))).toEqual(
      Array(5).fill('rejected'),
    )
    expect([-1, 987654].map((code) => outcomeOf(code))).toEqual(['failed', 'failed'])
    expect([0, 45009, 93000, 40058, -1].map((code) => outcomeOf(code, weComErrors))).toEqual([
      'delivered',
      'rate_limited',
      'rejected',
      'rejected',
      'failed',
    ])
  })

  test.each([
    [429, 'rate_limited'],
    [500, 'failed'],
    [502, 'failed'],
    [302, 'rejected'],
    [403, 'rejected'],
    [404, 'rejected'],
  ])('with HTTP %d is %s', (status, outcome) => {
    expect(judge({ status, body: '{"errcode":0}' }, dingTalkErrors).outcome).toBe(outcome)
  })

  test.each(['', '<html>Sign in</html>', 'null', '[]', '{}', '{"errcode":"0"}', '{"errcode":0'])(
    'that is no answer of a robot is a failure, not a delivery: %s',
    (body) => {
      expect(judge({ status: 200, body }, dingTalkErrors).outcome).toBe('failed')
    },
  )

  test('says whether another text may pass', () => {
    const judged = (errcode: number) =>
      judge({ status: 200, body: JSON.stringify({ errcode }) }, dingTalkErrors)
    expect(judged(430102)).toMatchObject({ refusedText: 'errcode 430102' })
    expect(judged(987654)).toMatchObject({ refusedText: 'errcode 987654' })
    expect(judged(310000)).not.toHaveProperty('refusedText')
    expect(judge({ status: 403, body: '' }, dingTalkErrors)).toMatchObject({ refusedText: 'HTTP 403' })
  })

  test('is explained in one short line', () => {
    const body = JSON.stringify({ errcode: 310000, errmsg: `sign not match\n${'x'.repeat(5_000)}` })
    const verdict = judge({ status: 200, body }, dingTalkErrors)
    const detail = 'detail' in verdict ? verdict.detail : ''
    expect(detail).toMatch(/^errcode 310000 \(sign not match x+…\): compare the robot's security settings/)
    expect(detail.length).toBeLessThan(400)
  })
})
