import { describe, expect, jest, test } from '@jest/globals'
import { fork, type Serializable } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { dingTalkSecret, notifications, startBridge, weComKey } from '../support/bridge.ts'
import { eventually } from '../support/eventually.ts'
import { FakeRobot } from '../support/fake-robot.ts'
import { again, post } from '../support/post.ts'
import { sentAlert, sentWebhook, type SentWebhook } from '../support/webhook.ts'

const alerts = 500

// Most of the time goes into 500 connections at once; a machine may be slow at that.
jest.setTimeout(120_000)

describe('a storm of 500 alerts', () => {
  test('keeps the rate, is told in digests, and loses none', async () => {
    await using robot = await FakeRobot.start()
    robot.secret = dingTalkSecret
    await using running = await startBridge(robot, { limits: { holdMs: 60_000 } })
    const answers = await Promise.all(storm(0).map((webhook) => running.post('/dingtalk/oncall', webhook)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(robot.refusedForRate).toBe(0)
    expect(robot.given.length).toBeLessThanOrEqual(20)
    expect(robot.texts.reduce((sum, text) => sum + alertsIn(text), 0)).toBe(alerts)
    const digested = (await running.value(notifications('oncall', 'digested'))) ?? 0
    const delivered = (await running.value(notifications('oncall', 'delivered'))) ?? 0
    expect(digested + delivered).toBe(alerts)
    expect(digested).toBeGreaterThan(400)
    expect(await running.value('batchflow_bridge_pending_notifications{target="oncall"}')).toBe(0)
  })

  test('at a robot that is throttled ends in one digest once it is not, every alert in it', async () => {
    await using robot = await FakeRobot.start()
    robot.usual = { errcode: 45009, errmsg: 'api freq out of limit' }
    await using running = await startBridge(robot, {
      wecom: { rateLimitPauseMs: 1_000 },
      limits: { holdMs: 900 },
    })
    const answers = await Promise.all(storm(0).map((webhook) => running.post('/wecom/ops', webhook)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    robot.given.length = 0
    robot.usual = 'ok'
    await robot.until(1)
    expect(alertsIn(robot.texts[0] ?? '')).toBe(alerts)
    const repeated = await Promise.all(
      storm(0).map((webhook) => again(() => running.post('/wecom/ops', webhook))),
    )
    expect(new Set(repeated.map(({ status }) => status))).toEqual(new Set([200]))
    expect(robot.given).toHaveLength(1)
  })

  test('leaves nothing behind in memory, storm after storm', async () => {
    await using robot = await FakeRobot.start()
    robot.maxPerMinute = 1_000
    await using bridge = await measuredBridge({
      listen: { port: 0 },
      allowedHosts: [robot.host],
      // A quick pace and a short memory, since only what stays behind matters here.
      targets: {
        ops: { type: 'wecom', url: `http://${robot.host}/send`, keyEnv: 'WECOM_KEY', messagesPerMinute: 100 },
      },
      limits: { holdMs: 60_000, rememberMs: 1_000 },
    })
    const storms = async (rounds: readonly number[]) => {
      for (const round of rounds) {
        const answers = await Promise.all(
          storm(round).map((webhook) => post(`${bridge.url}/wecom/ops`, JSON.stringify(webhook))),
        )
        expect(answers.every(({ status }) => status === 200)).toBe(true)
      }
    }
    await storms([0, 1])
    const before = await bridge.heapBytes()
    await storms([2, 3, 4, 5])
    // The texts of four storms are 8 MiB. Sockets take a moment to go; a leak would stay.
    await eventually(async () => (await bridge.heapBytes()) - before < 2 * 2 ** 20)
  })
})

/** 500 groups of one alert each; those of one round are not those of another. */
function storm(round: number): readonly SentWebhook[] {
  return Array.from({ length: alerts }, (_, n) => {
    const alert = sentAlert(n, {
      labels: { alertname: `Alert${n % 5}`, severity: n % 50 === 0 ? 'critical' : 'warning', table: `t${n}` },
      annotations: { summary: `Table ${n}`, description: 'x'.repeat(4_000) },
      startsAt: new Date(Date.UTC(2026, 0, 1, round)).toISOString(),
    })
    return sentWebhook([alert], { group: `g${n}` })
  })
}

/** How many alerts a message accounts for. */
function alertsIn(text: string): number {
  const kinds = [...text.matchAll(/ × (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
  return text.includes('Digest of') ? kinds : 1
}

interface MeasuredBridge extends AsyncDisposable {
  readonly url: string
  /** What is on its heap after a collection. */
  readonly heapBytes: () => Promise<number>
}

/** A bridge in a process of its own, where nothing else is on the heap. */
async function measuredBridge(config: object): Promise<MeasuredBridge> {
  const script = fileURLToPath(new URL('../support/measured-bridge.mjs', import.meta.url))
  const child = fork(script, { execArgv: ['--expose-gc'], env: { ...process.env, WECOM_KEY: weComKey } })
  const ask = async <T>(question: Serializable): Promise<T> => {
    const answer = once(child, 'message')
    child.send(question)
    const [value] = (await answer) as [T]
    return value
  }
  return {
    url: await ask<string>(config),
    heapBytes: () => ask<number>('measure'),
    [Symbol.asyncDispose]: async () => {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
