import { describe, expect, test } from '@jest/globals'
import { deliverTo } from '../../src/robots/deliver.ts'
import { dingTalkRobot } from '../../src/robots/dingtalk.ts'
import type { Verdict } from '../../src/robots/verdict.ts'
import { FakeRobot, type Behaviour } from '../support/fake-robot.ts'

const message = { title: 'title', text: 'text', mentions: false }

describe('a delivery', () => {
  test.each<[string, Behaviour, string]>([
    ['a reset', 'reset', 'ECONNRESET'],
    ['a silent robot', 'silent', 'ETIMEDOUT'],
    ['an answer that drips', 'dripping', 'ETIMEDOUT'],
    ['an answer without end', { status: 200, text: 'x'.repeat(100_000) }, 'EMSGSIZE'],
  ])('that meets %s failed, with the code alone', async (_, behaviour, code) => {
    await using robot = await FakeRobot.start()
    robot.script.push(behaviour)
    expect(await delivery(robot)).toEqual({ outcome: 'failed', detail: `no answer from the robot: ${code}` })
  })

  test('to nobody failed', async () => {
    const robot = await FakeRobot.start()
    const { host } = robot
    await robot[Symbol.asyncDispose]()
    expect(await delivery({ host })).toEqual({
      outcome: 'failed',
      detail: 'no answer from the robot: ECONNREFUSED',
    })
  })

  test('does not follow a redirect', async () => {
    await using robot = await FakeRobot.start()
    robot.script.push({ status: 307, headers: { location: `http://${robot.host}/elsewhere` } })
    expect((await delivery(robot)).outcome).toBe('rejected')
    expect(robot.given).toHaveLength(1)
  })

  test('shows no secret that the robot repeats', async () => {
    await using robot = await FakeRobot.start()
    robot.script.push({ errcode: 310000, errmsg: 'token access-token-1 and secret-2' })
    const verdict = await delivery(robot)
    expect(JSON.stringify(verdict)).not.toMatch(/access-token-1|secret-2/)
    expect(verdict).toMatchObject({ detail: expect.stringContaining('token … and …') })
  })

  test('that is aborted ends at once', async () => {
    await using robot = await FakeRobot.start()
    robot.script.push('silent')
    const aborting = new AbortController()
    const verdict = delivery(robot, aborting.signal)
    aborting.abort()
    expect(await verdict).toEqual({ outcome: 'failed', detail: 'no answer from the robot: ABORT_ERR' })
  })
})

function delivery({ host }: { readonly host: string }, signal?: AbortSignal): Promise<Verdict> {
  const robot = dingTalkRobot({
    url: new URL(`http://${host}/robot/send`),
    token: 'access-token-1',
    secret: 'secret-2',
    mobiles: [],
    users: [],
    everyone: false,
  })
  // Long enough for a slow machine to get an answer, where there is one.
  const deliver = deliverTo(robot, { timeoutMs: 1_500, wallTime: Date.now })
  return deliver(message, signal ?? new AbortController().signal)
}
