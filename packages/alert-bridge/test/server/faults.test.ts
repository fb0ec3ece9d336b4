import { describe, expect, test } from '@jest/globals'
import { dingTalkSecret, dingTalkToken, notifications, startBridge, weComKey } from '../support/bridge.ts'
import { FakeRobot, type Behaviour } from '../support/fake-robot.ts'
import { again } from '../support/post.ts'
import { sentAlert, sentWebhook } from '../support/webhook.ts'

describe('when a robot does not take a message, Alertmanager', () => {
  test('is told not to try again for a bad signature, and the log says what to look at', async () => {
    await using robot = await FakeRobot.start()
    robot.secret = 'SEC-another-secret'
    await using running = await startBridge(robot)
    const answer = await running.post('/dingtalk/oncall', sentWebhook())
    expect(answer.status).toBe(400)
    expect(answer.text).toMatch(
      /^oncall: rejected: errcode 310000 \(sign not match\): compare the robot's security settings/,
    )
    expect(await running.value(notifications('oncall', 'rejected'))).toBe(1)
    expect(await running.value('batchflow_bridge_messages_total{target="oncall",outcome="rejected"}')).toBe(1)
    expect(running.log).toHaveLength(1)
    expect(JSON.parse(running.log[0] ?? '')).toMatchObject({
      level: 'error',
      target: 'oncall',
      outcome: 'rejected',
    })
  })

  test('is told to try again for too many messages, and hears of the delivery when it does', async () => {
    await using robot = await FakeRobot.start()
    robot.script.push({ errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' })
    await using running = await startBridge(robot, {
      dingtalk: { rateLimitPauseMs: 3_000 },
      limits: { holdMs: 2_500 },
    })
    const { post, value } = running
    const first = await post('/dingtalk/oncall', sentWebhook())
    expect(first.status).toBe(503)
    expect(first.text).toContain('oncall: rate_limited: errcode 130101')
    await robot.until(2)
    expect(await again(() => post('/dingtalk/oncall', sentWebhook()))).toEqual({
      status: 200,
      text: 'oncall: delivered\n',
    })
    expect(robot.given).toHaveLength(2)
    expect(await value(notifications('oncall', 'rate_limited'))).toBeGreaterThanOrEqual(1)
    expect(await value(notifications('oncall', 'delivered'))).toBe(1)
  })

  test.each<[string, Behaviour]>([
    ['a reset', 'reset'],
    ['silence', 'silent'],
    ['a server in trouble', { status: 502 }],
    ['a page of a proxy', { status: 200, text: '<html>' }],
    ['a busy service', { errcode: -1, errmsg: 'system busy' }],
  ])('is told to try again for %s, and gets it delivered', async (_, behaviour) => {
    await using robot = await FakeRobot.start()
    robot.script.push(behaviour)
    await using running = await startBridge(robot, { limits: { holdMs: 100, requestTimeoutMs: 2_000 } })
    const { post, value } = running
    const first = await post('/wecom/ops', sentWebhook())
    expect(first.status).toBe(503)
    expect(first.text).toMatch(/^ops: failed: /)
    expect((await again(() => post('/wecom/ops', sentWebhook()))).status).toBe(200)
    expect(robot.given).toHaveLength(2)
    expect(await value(notifications('ops', 'failed'))).toBeGreaterThanOrEqual(1)
    expect(await value('batchflow_bridge_messages_total{target="ops",outcome="failed"}')).toBe(1)
  })

  test('of two targets is told to try again for one, and the other gets no second message', async () => {
    await using robot = await FakeRobot.start()
    await using failing = await FakeRobot.start()
    failing.script.push({ errcode: 45009, errmsg: 'api freq out of limit' })
    await using running = await startBridge(robot, {
      hosts: [failing.host],
      limits: { holdMs: 2_500 },
      wecom: { url: `http://${failing.host}/cgi-bin/webhook/send`, rateLimitPauseMs: 3_000 },
    })
    const first = await running.post('/alerts', sentWebhook())
    expect(first.status).toBe(503)
    expect(first.text).toMatch(/^oncall: delivered\nops: rate_limited: errcode 45009/)
    expect((await again(() => running.post('/alerts', sentWebhook()))).status).toBe(200)
    expect(robot.given).toHaveLength(1)
    expect(failing.given).toHaveLength(2)
  })

  test('hears of a text that was refused as digested, since its number arrived', async () => {
    await using robot = await FakeRobot.start()
    robot.script.push({ errcode: 430102, errmsg: 'unsuitable' })
    await using running = await startBridge(robot)
    const answer = await running.post('/dingtalk/oncall', sentWebhook([sentAlert(1), sentAlert(2)]))
    expect(answer).toEqual({ status: 200, text: 'oncall: digested\n' })
    expect(robot.texts[1]).toContain('FIRING 2')
  })
})

test.each([
  ['/dingtalk/oncall', 310000, [dingTalkToken, dingTalkSecret]],
  ['/wecom/ops', 93000, [weComKey]],
])(
  'no secret is in a log, an answer or the metrics, even if the robot repeats it: %s',
  async (path, errcode, secrets) => {
    await using robot = await FakeRobot.start()
    robot.usual = { errcode, errmsg: secrets.join(' ') }
    await using running = await startBridge(robot)
    const { text } = await running.post(path, sentWebhook())
    const seen = [text, ...running.log, await running.bridge.metrics()].join('\n')
    expect(seen).toContain(String(errcode))
    for (const secret of secrets) expect(seen).not.toContain(secret)
  },
)
