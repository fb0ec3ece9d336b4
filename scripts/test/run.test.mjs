import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../workspace.mjs'

const node = (code) => run(process.execPath, ['-e', code], { quiet: true })

test('answers with the exit code of the command', async () => {
  assert.equal(await node(''), 0)
  assert.equal(await node('process.exit(3)'), 3)
})

test('answers with 128 and the signal for a command that was killed', async () => {
  assert.equal(await node(`process.kill(process.pid, 'SIGKILL')`), 137)
})

test('answers with 127 for a command that is not there', async () => {
  assert.equal(await run('no-such-command', [], { quiet: true }), 127)
})

test('passes a signal on, waits for the command, and does not go on even if it ends well', async () => {
  const running = node(`
    process.on('SIGTERM', () => setTimeout(() => process.exit(0), 50))
    process.kill(process.ppid, 'SIGTERM')
    setInterval(() => {}, 1000)
  `)
  assert.equal(await running, 143)
})

test('a variable that is undefined is taken out of the environment', async () => {
  process.env.BATCHFLOW_TEST = '1'
  const code = `process.exit('BATCHFLOW_TEST' in process.env ? 1 : 0)`
  assert.equal(await run(process.execPath, ['-e', code], { env: { BATCHFLOW_TEST: undefined } }), 0)
  delete process.env.BATCHFLOW_TEST
})
