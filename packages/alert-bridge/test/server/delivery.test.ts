import { describe, expect, test } from '@jest/globals'
import { dingTalkSecret, dingTalkToken, notifications, startBridge, weComKey } from '../support/bridge.ts'
import { FakeRobot, isSigned } from '../support/fake-robot.ts'
import { sentAlert, sentWebhook } from '../support/webhook.ts'

describe('a webhook', () => {
  test('reaches a DingTalk robot, signed, and is answered 200 then', async () => {
    await using robot = await FakeRobot.start()
    robot.secret = dingTalkSecret
    await using running = await startBridge(robot)
    const answer = await running.post('/dingtalk/oncall', sentWebhook())
    expect(answer).toEqual({ status: 200, text: 'oncall: delivered\n' })
    const [message] = robot.given
    expect(message?.path).toBe('/robot/send')
    expect(message?.query.get('access_token')).toBe(dingTalkToken)
    expect(isSigned(message?.query ?? new URLSearchParams(), dingTalkSecret)).toBe(true)
    expect(message?.body.msgtype).toBe('markdown')
    expect(message?.body.markdown.title).toBe('[FIRING:1] RowsLost')
    expect(message?.body.markdown.text).toContain('Rows of table1 are lost')
    expect(await running.value(notifications('oncall', 'delivered'))).toBe(1)
  })

  test('reaches a WeCom robot', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    const answer = await running.post('/wecom/ops', sentWebhook())
    expect(answer.status).toBe(200)
    const [message] = robot.given
    expect(message?.path).toBe('/cgi-bin/webhook/send')
    expect(message?.query.get('key')).toBe(weComKey)
    expect(message?.body.markdown.content).toContain('[Runbook](https://runbooks.example/RowsLost)')
  })

  test('reaches every target of its receiver', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    const answer = await running.post('/alerts', sentWebhook())
    expect(answer).toEqual({ status: 200, text: 'oncall: delivered\nops: delivered\n' })
    expect(robot.given.map(({ path }) => path).toSorted()).toEqual(['/cgi-bin/webhook/send', '/robot/send'])
  })

  test('that is resolved says so, and when', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    await running.post('/wecom/ops', sentWebhook([sentAlert(1, { status: 'resolved' })]))
    const [text] = robot.texts
    expect(text).toContain('✅ [RESOLVED:1] RowsLost')
    expect(text).toContain('resolved 2026-01-01 00:10:00 UTC')
  })

  test('that comes again is answered without a second message', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    await running.post('/wecom/ops', sentWebhook())
    expect(await running.post('/wecom/ops', sentWebhook())).toEqual({ status: 200, text: 'ops: delivered\n' })
    expect(robot.given).toHaveLength(1)
  })

  test('that comes twice at the same time makes one message', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    const answers = await Promise.all([1, 2, 3].map(() => running.post('/wecom/ops', sentWebhook())))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(robot.given).toHaveLength(1)
  })

  test('with a new state of the group is not taken for a repeat', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    await running.post('/wecom/ops', sentWebhook([sentAlert(1)]))
    await running.post('/wecom/ops', sentWebhook([sentAlert(1), sentAlert(2)]))
    await running.post('/wecom/ops', sentWebhook([sentAlert(1, { status: 'resolved' }), sentAlert(2)]))
    expect(robot.given).toHaveLength(3)
  })

  test('too long for one message comes in numbered parts, each within the limit', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    const alerts = Array.from({ length: 20 }, (_, n) => sentAlert(n))
    expect((await running.post('/wecom/ops', sentWebhook(alerts))).status).toBe(200)
    expect(robot.given.length).toBeGreaterThan(1)
    const text = robot.texts.join('\n')
    for (const [i, part] of robot.texts.entries()) {
      expect(Buffer.byteLength(part)).toBeLessThanOrEqual(4_096)
      expect(part).toContain(`(${i + 1}/${robot.given.length})`)
    }
    for (const { annotations } of alerts) expect(text).toContain(annotations['summary'])
  })

  test('of hundreds of alerts becomes one digest that counts them all', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    const alerts = Array.from({ length: 500 }, (_, n) =>
      sentAlert(n, {
        labels: {
          alertname: `Alert${n % 7}`,
          severity: n % 50 === 0 ? 'critical' : 'warning',
          table: `t${n}`,
        },
      }),
    )
    const answer = await running.post('/wecom/ops', sentWebhook(alerts))
    expect(answer).toEqual({ status: 200, text: 'ops: digested\n' })
    expect(robot.given).toHaveLength(1)
    const [digest = ''] = robot.texts
    expect(digest).toContain('Digest of 500 alerts')
    expect(countIn(digest)).toBe(500)
    expect(digest.indexOf('**critical**')).toBeLessThan(digest.indexOf('**warning**'))
  })
})

/** Alerts that a digest accounts for: those in the lines of their kinds, and those in the last line. */
function countIn(digest: string): number {
  const counts = [...digest.matchAll(/ × (\d+)/g), ...digest.matchAll(/and (\d+) alerts? under/g)]
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}
