import { afterAll, beforeAll, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { execFile } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { counted, runDemo } from './support/run-demo.ts'
import { sumOf } from './support/scrape.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchflow-demo-'))
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

let files = 0
const newFile = () => join(folder, `demo-${++files}.db`)

function rowsIn(path: string): number {
  const db = new Database(path, { readonly: true })
  const { rows } = db.prepare('select count(*) as rows from cities').get() as { rows: number }
  db.close()
  return rows
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return await response.text()
}

test('it loads the dataset and ends with 0 when table and dataset agree', async () => {
  const db = newFile()
  const demo = runDemo(['--port', '0', '--db', db])
  expect(await demo.ended).toBe(0)
  const output = demo.stdout()
  expect(counted(output, 'rows read')).toBe(135_233)
  expect(counted(output, 'written')).toBe(135_233)
  expect(counted(output, 'dead-lettered')).toBe(0)
  expect(output).toContain('3,133,032,118 = 3,133,032,118 in the dataset')
  expect(demo.stderr()).toBe('')
  expect(counted(output, 'peak memory')).toBeLessThan(250)
  expect(rowsIn(db)).toBe(135_233)
  const file = new Database(db, { readonly: true })
  expect(
    file.prepare("select name, muni from cities where country = 'CN' and population > 21000000").get(),
  ).toEqual({
    name: 'Shanghai',
    muni: 'none',
  })
  expect(file.pragma('journal_mode', { simple: true })).toBe('wal')
  file.close()
})

test('beyond the dataset it starts over with new ids', async () => {
  const db = newFile()
  const demo = runDemo(['--port', '0', '--db', db, '--rows', '140000'])
  expect(await demo.ended).toBe(0)
  expect(rowsIn(db)).toBe(140_000)
})

test('the counters of /metrics balance at every scrape while it loads', async () => {
  const demo = runDemo(['--port', '0', '--db', newFile(), '--rows', '600000', '--serve'])
  const [, url = ''] = await demo.printed(/metrics +(\S+)/)
  let scrapes = 0
  let busy = 0
  for (let loading = true; loading; scrapes++) {
    loading = !demo.stdout().includes('serving')
    const page = await scrape(url)
    const submitted = sumOf(page, 'batchflow_rows_submitted_total')
    const pending = sumOf(page, 'batchflow_rows_pending')
    expect(sumOf(page, 'batchflow_rows_settled_total') + pending).toBe(submitted)
    if (pending > 0) busy++
    await sleep(10)
  }
  expect(scrapes).toBeGreaterThan(5)
  expect(busy).toBeGreaterThan(0)
  const page = await scrape(url)
  expect(sumOf(page, 'batchflow_rows_submitted_total')).toBe(600_000)
  expect(counted(demo.stdout(), 'peak memory')).toBeLessThan(250)
  expect(page).toContain(
    'batchflow_rows_settled_total{database="sqlite",instance_id="demo",test_name="demo",outcome="written"} 600000',
  )
  demo.kill('SIGINT')
  expect(await demo.ended).toBe(130)
})

const { PROMTOOL } = process.env
if (PROMTOOL === undefined)
  process.stderr.write('SKIPPED: promtool is not here, /metrics of the demo is not linted\n')

;(PROMTOOL === undefined ? test.skip : test)(
  'promtool names only the two families whose names the guides gave, during a run',
  async () => {
    const demo = runDemo(['--port', '0', '--db', newFile(), '--rows', '400000'])
    const [, url = ''] = await demo.printed(/metrics +(\S+)/)
    await demo.printed(/rows\/s/)
    const page = await scrape(url)
    const said = await new Promise<string>((resolve, reject) => {
      const promtool = execFile(PROMTOOL as string, ['check', 'metrics'], (error, stdout, stderr) => {
        if (error !== null && error.code !== 3) reject(new Error('promtool did not run', { cause: error }))
        else resolve(stdout + stderr)
      })
      promtool.stdin?.end(page)
    })
    const named = said.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ', 1)[0]]))
    expect(new Set(named)).toEqual(
      new Set(['batchflow_batch_execution_duration_ms', 'batchflow_memory_usage_mb']),
    )
    expect(sumOf(page, 'batchflow_rows_submitted_total')).toBeGreaterThan(0)
    demo.kill('SIGTERM')
    expect(await demo.ended).toBe(143)
  },
)

test('Ctrl-C at any moment ends with 130, and the file holds exactly the rows reported as written', async () => {
  for (const moment of [/metrics/, /database/, /rows\/s/, /rows\/s[^]*rows\/s/]) {
    const db = newFile()
    const demo = runDemo(['--port', '0', '--db', db, '--rows', '100000000', '--flush-size', '300'])
    await demo.printed(moment)
    demo.kill('SIGINT')
    expect(await demo.ended).toBe(130)
    const output = demo.stdout()
    expect(output).toContain('interrupted')
    expect(rowsIn(db)).toBe(counted(output, 'written'))
    expect(demo.stderr()).toBe('')
  }
})

test('Ctrl-C before anything is open ends with 130', async () => {
  const demo = runDemo(['--port', '0', '--db', newFile()])
  demo.kill('SIGINT')
  // Node itself may not have come as far as the handler: then the signal ends it, and there is no code.
  expect([130, null]).toContain(await demo.ended)
})

test('an unknown flag or value is named in one line, with the usage, and ends with 2', async () => {
  const wrong: [string[], string][] = [
    [['--bogus'], "Unknown option '--bogus'"],
    [['--rows', 'many'], '--rows must be an integer from 1 to 1000000000, got "many"'],
    [['--rows', '0'], '--rows must be an integer from 1 to 1000000000, got "0"'],
    [['--rows'], "Option '--rows <value>' argument missing"],
    [['--port', '65536'], '--port must be an integer from 0 to 65535, got "65536"'],
    [['--flush-size', '1.5'], '--flush-size must be an integer from 1 to 10000, got "1.5"'],
    [['--flush-interval-ms', '-1'], '--flush-interval-ms must not be negative, got "-1"'],
    [['--db', ''], '--db must not be empty'],
    [['stray'], "Unexpected argument 'stray'"],
  ]
  for (const [args, message] of wrong) {
    const demo = runDemo(args)
    expect(await demo.ended).toBe(2)
    const [first, , usage] = demo.stderr().split('\n')
    expect(first).toBe(message)
    expect(usage).toContain('Loads the cities')
  }
})

test('when nobody reads its output any more it ends, without a stack', async () => {
  const db = newFile()
  const demo = runDemo(['--port', '0', '--db', db, '--rows', '100000000'])
  await demo.printed(/rows\/s/)
  demo.stopReading()
  expect(await demo.ended).toBe(143)
  expect(demo.stderr()).toBe('')
  expect(rowsIn(db)).toBeGreaterThan(0)
})

test('--help prints the options and ends with 0', async () => {
  const demo = runDemo(['--help'])
  expect(await demo.ended).toBe(0)
  expect(demo.stdout()).toContain('--flush-interval-ms')
})

test('a database path that cannot be opened is one clear line and ends with 1', async () => {
  for (const path of [join(folder, 'no', 'such', 'folder.db'), folder]) {
    const demo = runDemo(['--port', '0', '--db', path])
    expect(await demo.ended).toBe(1)
    expect(demo.stderr()).toMatch(/^cannot open the database file .+\n$/)
  }
})

test('a file that is no database is one clear line and ends with 1', async () => {
  const path = newFile()
  await writeFile(path, 'this is not a database, and it is long enough to be read as one\n'.repeat(100))
  const demo = runDemo(['--port', '0', '--db', path])
  expect(await demo.ended).toBe(1)
  expect(demo.stderr().trim().split('\n')).toHaveLength(1)
})

test('a port in use is one clear line and ends with 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  const demo = runDemo(['--port', `${port}`, '--db', newFile()])
  expect(await demo.ended).toBe(1)
  expect(demo.stderr()).toBe(`cannot listen on 127.0.0.1:${port}: the port is in use (EADDRINUSE)\n`)
  await new Promise((resolve) => taken.close(resolve))
})
