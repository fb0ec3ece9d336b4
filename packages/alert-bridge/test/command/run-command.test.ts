import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { dingTalkSecret, dingTalkToken } from '../support/bridge.ts'
import { eventually } from '../support/eventually.ts'
import { FakeRobot } from '../support/fake-robot.ts'
import { sentWebhook } from '../support/webhook.ts'

const command = fileURLToPath(new URL('../../bin/batchflow-alert-bridge.mjs', import.meta.url))

describe('the command', () => {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'alert-bridge-'))
    writeFileSync(join(directory, 'token'), `${dingTalkToken}\n`)
    writeFileSync(join(directory, 'secret'), `${dingTalkSecret}\n`)
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const configFor = (robot: FakeRobot): string => {
    const path = join(directory, 'bridge.json')
    const oncall = {
      type: 'dingtalk',
      url: `http://${robot.host}/robot/send`,
      tokenFile: 'token',
      secretFile: 'secret',
    }
    writeFileSync(
      path,
      JSON.stringify({ listen: { port: 0 }, allowedHosts: [robot.host], targets: { oncall } }),
    )
    return path
  }

  test('prints its help', async () => {
    const { code, stdout } = await ended(start(['--help']))
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: batchflow-alert-bridge --config <file>/)
  })

  test('checks a configuration', async () => {
    await using robot = await FakeRobot.start()
    const { code, stdout } = await ended(start(['--config', configFor(robot), '--check-config']))
    expect([code, stdout]).toEqual([0, 'configuration is valid: 1 targets, 0 receivers\n'])
  })

  test('says what is wrong with a configuration, and with arguments without repeating them', async () => {
    const path = join(directory, 'wrong.json')
    writeFileSync(path, JSON.stringify({ targets: { ops: { type: 'wecom', keyEnv: 'NO_SUCH_VARIABLE' } } }))
    const wrong = await ended(start(['--config', path]))
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toMatch(
      /^the variable of targets\.ops\.keyEnv must be letters, digits, .*, got nothing\n$/,
    )
    const unknown = await ended(start(['--token', 'hunter2']))
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toBe(
      'arguments must be --config <file>, --check-config or --help, got something else. Try --help.\n',
    )
    expect((await ended(start([]))).code).toBe(2)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('delivers what is pending at %s and ends', async (signal) => {
    await using robot = await FakeRobot.start()
    robot.secret = dingTalkSecret
    robot.script.push('held')
    const child = start(['--config', configFor(robot)])
    const end = ended(child)
    const url = await listeningOn(child)
    const answer = fetch(`${url}/dingtalk/oncall`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sentWebhook()),
    })
    await robot.until(1)
    child.kill(signal)
    await eventually(async () => (await fetch(`${url}/readyz`)).status === 503)
    robot.release()
    expect((await answer).status).toBe(200)
    const { code, stdout, stderr } = await end
    expect(code).toBe(0)
    expect(stdout).toBe(`listening on ${url}\n`)
    const lines = stderr.trim().split('\n')
    const events = lines.map((line) => (JSON.parse(line) as { message: string }).message)
    expect(events).toEqual(['started', 'stopping', 'stopped'])
    expect(stderr).not.toContain(dingTalkToken)
  })
})

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

async function listeningOn(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the output of the command is not piped')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return line.replace('listening on ', '')
}
