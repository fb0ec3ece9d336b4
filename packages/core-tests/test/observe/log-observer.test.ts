import { logObserver, type FlowLogger, type LogOptions } from '@batchflow/core'
import { ClassifiedError, ManualClock, settled, type MemoryDriverOptions } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { items, keyed, openFlow, type FlowOptions, type OpenFlow } from '../support/open-flow.ts'

interface Line {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

interface Logged extends OpenFlow {
  readonly lines: Line[]
}

function openLogged(log: LogOptions, options: FlowOptions = {}, driver: MemoryDriverOptions = {}): Logged {
  const lines: Line[] = []
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields: { ...fields }, message })
  const logger: FlowLogger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const clock = new ManualClock()
  const open = openFlow({ ...options, observers: [logObserver(logger, log, { clock })] }, driver)
  return { ...open, lines }
}

const messages = ({ lines }: Logged) => lines.map(({ level, message }) => `${level}: ${message}`)

test('what goes well is not logged', async () => {
  const open = openLogged({}, { flushSize: 1 })
  for (let id = 0; id < 100; id++) await open.flow.submit(items, { id })
  await open.flow.flush()
  expect(open.lines).toEqual([])
  await open.flow.close()
  expect(messages(open)).toEqual(['info: flow closed'])
})

test('a failure is one line with its target, reason and attempt, and no value of a row', async () => {
  const secret = 'top-secret'
  const cause = Object.assign(new ClassifiedError('transient', 'deadlock'), {
    code: '40P01',
    message: `key (${secret})`,
  })
  let fails = 1
  const open = openLogged(
    {},
    { flushSize: 1 },
    { onWrite: (write) => (fails-- > 0 ? write.fail(cause) : write.commit()) },
  )
  await open.flow.submit(items, { id: 1, text: secret })
  await open.clock.advance(20)
  expect(open.lines).toEqual([
    {
      level: 'warn',
      message: 'attempt failed',
      fields: {
        target: 'items',
        rows: 1,
        attempt: 1,
        kind: 'transient',
        reason: 'deadlock',
        delayMs: 10,
        durationMs: 0,
        code: '40P01',
      },
    },
  ])
  expect(JSON.stringify(open.lines)).not.toContain(secret)
})

test('messages of the database are logged when they are asked for, our own always', async () => {
  const own = new ClassifiedError('poison', 'constraint')
  const open = openLogged({ causes: 'message' }, {}, { onWrite: 'hold' })
  await open.flow.submit(items, { id: 1 })
  const flushed = open.flow.flush()
  const [write] = open.driver.held
  write?.fail(Object.assign(new Error('deadlock detected'), { code: 'ECONNREFUSED' }))
  await open.clock.advance(20)
  expect(open.lines[0]?.fields).toMatchObject({ code: 'ECONNREFUSED', message: 'deadlock detected' })
  const [again] = open.driver.held
  again?.fail(own)
  await flushed
  expect(messages(open)).toEqual(['warn: attempt failed', 'error: rows dead-lettered'])
})

test('of many lines of a kind the first are written, and the next one says how many were left out', async () => {
  const open = openLogged(
    { maxLines: 3, windowMs: 0.001 },
    { flushSize: 1, concurrencyLimit: 1, bufferSize: 200 },
    { onWrite: (write) => write.fail(new ClassifiedError('poison', 'constraint')) },
  )
  expect(() => openLogged({ maxLines: 0 })).toThrow('maxLines must be an integer from 1')
  for (let id = 0; id < 100; id++) await open.flow.submit(items, { id })
  await open.flow.flush()
  // The clock of the log stands still: all lines are of one window.
  expect(open.lines).toHaveLength(3)
  await open.flow.close()
  expect(open.lines.slice(3).map(({ message, fields }) => [message, fields['omitted']])).toEqual([
    ['rows dead-lettered items constraint: not all were logged', 97],
    ['flow closed', undefined],
  ])
})

test('a new stretch of time lets lines through again, with the count of those before', async () => {
  const lines: Line[] = []
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields: { ...fields }, message })
  const logger: FlowLogger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const clock = new ManualClock()
  const observer = logObserver(logger, { maxLines: 2, windowMs: 1_000 }, { clock })
  const drop = () => observer.rowsDropped?.({ target: 't', rows: 1, policy: 'dropOldest' })
  for (let n = 0; n < 5; n++) drop()
  observer.rowsDropped?.({ target: 'other', rows: 1, policy: 'dropOldest' })
  await clock.advance(1_000)
  drop()
  expect(lines.map(({ fields }) => [fields['target'], fields['omitted']])).toEqual([
    ['t', undefined],
    ['t', undefined],
    ['other', undefined],
    ['t', 3],
  ])
})

test('made-up target names are one kind of line from a thousand on, and what was left out is told at the end', () => {
  const said: string[] = []
  const line = (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`)
  const observer = logObserver({ debug: line, info: line, warn: line, error: line }, { maxLines: 1 })
  for (let n = 0; n < 1_100; n++) observer.rowsDropped?.({ target: `t${n}`, rows: 1, policy: 'dropOldest' })
  observer.rowsDropped?.({ target: 't7', rows: 1, policy: 'dropOldest' })
  // A thousand of their own, and one for all others.
  expect(said).toHaveLength(1_001)
  const ledger = {
    submitted: 0,
    written: 0,
    coalesced: 0,
    deadLettered: 0,
    dropped: 0,
    returned: 0,
    pending: 0,
  }
  observer.flowClosed?.({ durationMs: 1, ledger })
  expect(said.slice(1_001, -1)).toEqual([
    'rows dropped t7 : not all were logged {"omitted":1}',
    '__other__: not all were logged {"omitted":99}',
  ])
})

test('slow batches, drops, pressure, overload and the breaker have their lines', async () => {
  const overload = new ClassifiedError('overload', 'throttled')
  const open = openLogged(
    { slowMs: 50, level: 'info' },
    {
      flushSize: 1,
      bufferSize: 2,
      concurrencyLimit: 2,
      overflow: 'dropNewest',
      breaker: { maxFailures: 1, openMs: 10 },
      retry: { backoffMs: 1 },
    },
    { onWrite: 'hold' },
  )
  for (let id = 1; id <= 3; id++) await open.flow.submit(items, { id })
  expect(open.flow.trySubmit(items, { id: 4 })).toBe(false)
  await settled()
  for (const write of open.driver.held) write.fail(overload)
  while (open.flow.stats().ledger.pending > 0) {
    await open.clock.advance(60)
    for (const write of open.driver.held) write.commit()
  }
  await open.clock.advance(0)
  expect(new Set(messages(open))).toEqual(
    new Set([
      'warn: buffer nearly full',
      'warn: rows dropped',
      'warn: row refused',
      'warn: database overloaded, fewer batches at once',
      'warn: attempt failed',
      'error: breaker open',
      'info: breaker closed',
      'warn: slow batch',
      'info: buffer has room again',
    ]),
  )
})

test('at the level debug every batch has a line', async () => {
  const open = openLogged({ level: 'debug' }, { flushSize: 2 })
  const users = keyed('users', (_, later) => later)
  await open.flow.submit(users, { id: 1 })
  await open.flow.submit(users, { id: 1 })
  await open.flow.flush()
  expect(open.lines[0]).toMatchObject({ message: 'flow opened', fields: { driver: 'memory' } })
  expect(open.lines.at(-1)).toMatchObject({
    level: 'debug',
    message: 'batch settled',
    fields: { target: 'users', rows: 2, written: 1, coalesced: 1 },
  })
})

test('a close that could not write everything is an error in the log', async () => {
  const open = openLogged({}, {}, { onWrite: 'hold' })
  await open.flow.submit(items, { id: 1 })
  const closing = open.flow.close({ timeoutMs: 10 }).catch(() => {})
  await open.clock.advance(10)
  await closing
  expect(open.lines).toMatchObject([
    { level: 'error', message: 'flow closed with rows unwritten', fields: { ledger: { returned: 1 } } },
  ])
})

test('a logger that throws is contained', async () => {
  const fails = () => {
    throw new Error('the disk is full')
  }
  const observer = logObserver({ debug: fails, info: fails, warn: fails, error: fails }, { level: 'debug' })
  const open = openFlow({ flushSize: 1, observers: [observer] })
  await open.flow.submit(items, { id: 1 })
  expect(await open.flow.close()).toEqual({ written: 1, failed: 0 })
  expect(open.flow.stats().observerErrors).toBeGreaterThan(0)
})

test('options of the log are checked', () => {
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  expect(() => logObserver({} as FlowLogger)).toThrow('logger.debug must be a function, got undefined')
  expect(() => logObserver(logger, { level: 'loud' as 'info' })).toThrow("level must be 'debug' or 'info'")
  expect(() => logObserver(logger, { slowMs: -1 })).toThrow('slowMs must be a number of milliseconds from 0')
  expect(() => logObserver(logger, { slow: 1 } as LogOptions)).toThrow('slow is not an option')
})
