import { describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { connect } from 'node:net'
import { incomingToken, notifications, startBridge } from '../support/bridge.ts'
import { FakeRobot } from '../support/fake-robot.ts'
import { sentAlert, sentWebhook } from '../support/webhook.ts'

describe('a request', () => {
  test('without the token, or with a wrong one, is answered 401, counted, and learns nothing', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot, { listen: { tokenEnv: 'BRIDGE_TOKEN' } })
    const { post, value } = running
    const wrong = [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${incomingToken}` }]
    for (const headers of wrong) {
      expect((await post('/wecom/ops', sentWebhook(), headers)).status).toBe(401)
      expect((await post('/wecom/none', sentWebhook(), headers)).status).toBe(401)
    }
    expect(await value(notifications('ops', 'rejected'))).toBe(3)
    expect(await value(notifications('_unknown', 'rejected'))).toBe(3)
    expect(await value('batchflow_bridge_requests_total{code="401"}')).toBe(6)
    const right = await post('/wecom/ops', sentWebhook(), { authorization: `Bearer ${incomingToken}` })
    expect(right.status).toBe(200)
    expect(robot.given).toHaveLength(1)
  })

  test('with a bad payload is answered 400 with the field, and counted', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    const { post, value } = running
    expect(await post('/wecom/ops', '{')).toEqual({
      status: 400,
      text: 'payload must be JSON, got something else\n',
    })
    expect(await post('/wecom/ops', JSON.stringify({ ...sentWebhook(), version: '3' }))).toEqual({
      status: 400,
      text: 'version must be "4", got a string\n',
    })
    expect(await value(notifications('ops', 'rejected'))).toBe(2)
    expect(robot.given).toHaveLength(0)
  })

  test('that is too large is answered 413 and counted, with a length and without', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot, { limits: { maxBodyBytes: 4_096 } })
    const { bridge, post, value } = running
    const large = sentWebhook(Array.from({ length: 100 }, (_, n) => sentAlert(n)))
    expect(await post('/wecom/ops', large)).toEqual({
      status: 413,
      text: 'payload must be at most 4096 bytes, got more\n',
    })
    const chunked = await fetch(`${bridge.url}/wecom/ops`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([JSON.stringify(large)]).stream(),
      duplex: 'half',
    })
    expect(chunked.status).toBe(413)
    expect(await value(notifications('ops', 'rejected'))).toBe(2)
    // The place of the bodies in the waiting room is free again.
    expect((await post('/wecom/ops', sentWebhook())).status).toBe(200)
  })

  test('for nobody is answered 404, by path and by receiver', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    const { post, value } = running
    expect((await post('/wecom/none', sentWebhook())).status).toBe(404)
    expect((await post('/dingtalk/ops', sentWebhook())).status).toBe(404)
    expect(await post('/alerts', sentWebhook([sentAlert(1)], { receiver: 'nobody' }))).toEqual({
      status: 404,
      text: 'receiver must be one of receivers in the configuration, got another\n',
    })
    expect(await value(notifications('_unknown', 'rejected'))).toBe(3)
    expect((await post('/somewhere', sentWebhook())).status).toBe(404)
  })

  test('of another type, which a page in a browser could send, is answered 415', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
      expect((await running.post('/wecom/ops', sentWebhook(), { 'content-type': type })).status).toBe(415)
    expect((await running.post('/wecom/ops', sentWebhook(), { 'content-encoding': 'gzip' })).status).toBe(415)
    expect(robot.given).toHaveLength(0)
  })

  test('by another method is answered 405', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot)
    const { bridge, post } = running
    const get = await fetch(`${bridge.url}/wecom/ops`)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await post('/metrics', sentWebhook())).status).toBe(405)
  })

  test('is told to come again while too many bytes wait', async () => {
    await using robot = await FakeRobot.start()
    robot.usual = 'silent'
    await using running = await startBridge(robot, {
      limits: { maxBodyBytes: 1_024, maxPendingBytes: 1_024, holdMs: 60_000, stopTimeoutMs: 0 },
    })
    const { post, value } = running
    const held = post('/wecom/ops', sentWebhook())
    await robot.until(1)
    expect((await post('/wecom/ops', sentWebhook([sentAlert(2)]))).status).toBe(503)
    expect(await value(notifications('ops', 'rate_limited'))).toBe(1)
    await running.bridge.stop()
    expect((await held).status).toBe(503)
  })

  test('that breaks off in its body harms nobody', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot, {
      limits: { maxBodyBytes: 4_096, maxPendingBytes: 4_096 },
    })
    const { bridge, post, log } = running
    const socket = connect(bridge.port, '127.0.0.1')
    socket.end(
      'POST /wecom/ops HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n{',
    )
    socket.resume()
    await once(socket, 'close')
    // Its place in the waiting room is free again.
    expect((await post('/wecom/ops', sentWebhook())).status).toBe(200)
    expect(log).toEqual([])
  })
})

describe('the pages', () => {
  test('tell health, readiness and the metrics of the catalogue, without a token', async () => {
    await using robot = await FakeRobot.start()
    await using running = await startBridge(robot, { listen: { tokenEnv: 'BRIDGE_TOKEN' } })
    const { url } = running.bridge
    for (const path of ['/healthz', '/readyz?verbose']) {
      const answer = await fetch(url + path)
      expect([answer.status, await answer.text()]).toEqual([200, 'ok\n'])
    }
    expect(await (await fetch(`${url}/healthz`, { method: 'HEAD' })).text()).toBe('')
    const page = await fetch(`${url}/metrics`)
    expect(page.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const text = await page.text()
    expect(text).toContain(
      '# HELP batchflow_bridge_notifications_total Alert notifications handled by the alert bridge, by target and outcome.\n' +
        '# TYPE batchflow_bridge_notifications_total counter\n',
    )
    for (const target of ['oncall', 'ops'])
      for (const outcome of ['delivered', 'rate_limited', 'rejected', 'failed', 'digested'])
        expect(text).toContain(`${notifications(target, outcome)} 0\n`)
    expect(text).toContain('batchflow_bridge_pending_notifications{target="ops"} 0\n')
  })
})
