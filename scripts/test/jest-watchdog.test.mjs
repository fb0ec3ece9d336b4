import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const fileOf = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const jest = fileOf('node_modules/jest/bin/jest.js')

/** What jest prints for one test file, watched for three seconds. */
function runJest(source) {
  const folder = mkdtempSync(join(tmpdir(), 'batchflow-watched-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    writeFileSync(join(folder, 'watched.test.js'), source)
    const reporters = ['default', [fileOf('scripts/jest-watchdog.mjs'), { limitMs: 3_000 }]]
    writeFileSync(join(folder, 'jest.config.json'), JSON.stringify({ transform: {}, reporters }))
    return spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', jest, '--runInBand'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a test that never lets go of its thread is ended, with its name and its stack', () => {
  const { signal, stderr } = runJest(`test('spins', () => { (function spinning() { for (;;); })() })`)
  assert.equal(signal, 'SIGKILL')
  assert.match(stderr, /watched\.test\.js has not come to its end in 3 s/)
  assert.match(stderr, /at spinning/)
})

test('a file that never gets to its tests is ended, with what it waits for', () => {
  const { signal, stderr } = runJest(
    `import { createServer } from 'node:net'
     await new Promise((resolve) => createServer().listen(0, '127.0.0.1').on('close', resolve))
     test('never', () => {})`,
  )
  assert.equal(signal, 'SIGKILL')
  assert.match(stderr, /watched\.test\.js has not come to its end in 3 s/)
  assert.match(stderr, /It waits for: .*TCPServerWrap/)
})

test('a run that ends is left alone', () => {
  const { status, stderr } = runJest(`test('holds', () => {})`)
  assert.equal(status, 0)
  assert.doesNotMatch(stderr, /has not come/)
})
