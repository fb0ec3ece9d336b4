import { describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { connect } from 'node:net'
import { startBridge } from '../support/bridge.ts'
import { eventually } from '../support/eventually.ts'
import { FakeRobot } from '../support/fake-robot.ts'
import { sentAlert, sentWebhook } from '../support/webhook.ts'

describe('a bridge that stops', () => {
  test('delivers what is pending, answers it, and takes no more', async () => {
    await using robot = await FakeRobot.start()
    robot.script.push('held')
    await using running = await startBridge(robot, { limits: { holdMs: 60_000, stopTimeoutMs: 60_000 } })
    const { bridge, post } = running
    const first = post('/wecom/ops', sentWebhook())
    await robot.until(1)
    const second = post('/wecom/ops', sentWebhook([sentAlert(2)], { group: 'b' }))
    const pending = 'batchflow_bridge_pending_notifications{target="ops"}'
    await eventually(async () => (await running.value(pending)) === 2)
    const stopped = bridge.stop()
    expect((await fetch(`${bridge.url}/readyz`)).status).toBe(503)
    expect((await fetch(`${bridge.url}/healthz`)).status).toBe(200)
    const late = await post('/wecom/ops', sentWebhook([sentAlert(3)], { group: 'c' }))
    expect([late.status, late.text]).toEqual([503, 'ops: failed: the bridge is stopping\n'])
    robot.release()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
    expect(await stopped).toBe(0)
    expect(bridge.stop()).toBe(bridge.stop())
    await expect(fetch(bridge.url)).rejects.toThrow()
  })

  test('tells Alertmanager to come again with what it could not deliver in time', async () => {
    await using robot = await FakeRobot.start()
    robot.usual = 'silent'
    await using running = await startBridge(robot, { limits: { holdMs: 60_000, stopTimeoutMs: 100 } })
    const held = running.post('/wecom/ops', sentWebhook())
    await robot.until(1)
    expect(await running.bridge.stop()).toBe(1)
    const { status, text } = await held
    expect([status, text]).toEqual([503, 'ops: failed: the bridge is stopping\n'])
  })

  test('does not wait for a client that never sends its request', async () => {
    await using robot = await FakeRobot.start()
    const running = await startBridge(robot)
    const socket = connect(running.bridge.port, '127.0.0.1')
    await once(socket, 'connect')
    await running.bridge.stop()
    socket.destroy()
  })
})

test('an address that is taken is refused in one sentence', async () => {
  await using robot = await FakeRobot.start()
  await using running = await startBridge(robot)
  const { port } = running.bridge
  await expect(startBridge(robot, { listen: { port } })).rejects.toMatchObject({
    code: 'BRIDGE_CANNOT_LISTEN',
    message: `cannot listen on 127.0.0.1:${port}: the port is in use (EADDRINUSE)`,
  })
})
