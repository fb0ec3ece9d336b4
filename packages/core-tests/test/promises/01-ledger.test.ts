import { BatchFlowError, type CloseTimeoutError } from '@batchflow/core'
import { ClassifiedError, settled, type MemoryWrite } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  expectBalance,
  items,
  keyed,
  openFlow,
  others,
  type Item,
  type OpenFlow,
} from '../support/open-flow.ts'

const answers = ['commit', 'transient', 'ambiguous', 'poison', 'configuration', 'split', 'outcomes'] as const

function reply(write: MemoryWrite, answer: (typeof answers)[number]): void {
  switch (answer) {
    case 'commit':
      return write.commit()
    case 'ambiguous':
      return write.commitAndFail(new ClassifiedError('ambiguous', 'connection'))
    case 'outcomes':
      return write.answer(
        write.batch.rows.map((_, index) =>
          index % 3 === 0
            ? { outcome: 'failed', failure: { kind: 'poison', reason: 'constraint' } }
            : index % 3 === 1
              ? { outcome: 'failed', failure: { kind: 'transient', reason: 'deadlock' } }
              : { outcome: 'written' },
        ),
      )
    default:
      return write.fail(new ClassifiedError(answer, 'unknown'))
  }
}

const submit = fc.record({
  do: fc.constant('submit' as const),
  to: fc.nat(2),
  rows: fc.integer({ min: 1, max: 30 }),
})
const answer = fc.record({
  do: fc.constant('reply' as const),
  which: fc.nat(3),
  answer: fc.constantFrom(...answers),
})
const tick = fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 1, max: 3_000 }) })
const flush = fc.record({ do: fc.constant('flush' as const) })
const abortSubmits = fc.record({ do: fc.constant('abortSubmits' as const), which: fc.nat() })
const abortFlow = fc.record({ do: fc.constant('abortFlow' as const) })

const steps = fc.array(
  fc.oneof(
    { weight: 15, arbitrary: submit },
    { weight: 12, arbitrary: answer },
    { weight: 6, arbitrary: tick },
    { weight: 3, arbitrary: flush },
    { weight: 4, arbitrary: abortSubmits },
    { weight: 1, arbitrary: abortFlow },
  ),
  { maxLength: 60 },
)
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never

const endings = fc.record({
  /** The driver goes on answering, and there is time for it. */
  graceful: fc.boolean(),
  drainOnAbort: fc.boolean(),
})
type Ending = typeof endings extends fc.Arbitrary<infer E> ? E : never

const bufferSize = 60
const gaveUp = new Error('the caller gave up')
const targets = [items, others, keyed('keyed', (_, later) => later)]

/** A call of `submit`, and what it was told: nothing while it waits, that it was accepted, or why it was not. */
interface Call {
  readonly text: string
  told: unknown
}

/** Calls with one signal. */
interface Calls {
  readonly abort: AbortController
  readonly all: readonly Call[]
}

/** A flow, and what its callers have been told. */
class Model {
  readonly open: OpenFlow
  readonly #ending: Ending
  readonly #abort = new AbortController()
  readonly #together: Calls[] = []
  readonly #calls: Call[] = []
  /** The ledger, once the flow was closed: nothing may change it any more. */
  #final: unknown

  constructor(ending: Ending) {
    this.#ending = ending
    this.open = openFlow(
      {
        bufferSize,
        flushSize: 8,
        concurrencyLimit: 3,
        retry: { maxAttempts: 3 },
        signal: this.#abort.signal,
        drainOnAbort: ending.drainOnAbort,
        drainGraceMs: ending.graceful ? 1_000_000 : 10,
      },
      { onWrite: 'hold' },
    )
  }

  async take(step: Step): Promise<void> {
    const { flow, driver, clock } = this.open
    switch (step.do) {
      case 'submit':
        this.#submit(step.to, step.rows)
        break
      case 'reply': {
        const write = [...driver.held][step.which]
        if (write !== undefined) reply(write, step.answer)
        break
      }
      case 'tick':
        await clock.advance(step.ms)
        break
      case 'flush':
        flow.flush().catch(() => {})
        break
      case 'abortSubmits':
        await this.#abortSubmits(step.which)
        break
      case 'abortFlow':
        await this.#abortFlow()
    }
    await settled()
    this.check()
  }

  #submit(to: number, rows: number): void {
    const abort = new AbortController()
    const all = Array.from({ length: rows }, () => {
      const number = this.#calls.length
      const call: Call = { text: `row ${number}`, told: undefined }
      this.#calls.push(call)
      this.open.flow
        .submit(targets[to] as typeof items, { id: number % 20, text: call.text }, { signal: abort.signal })
        .then(
          () => (call.told = 'accepted'),
          (error: unknown) => (call.told = error),
        )
      return call
    })
    this.#together.push({ abort, all })
  }

  /** Those that wait are refused with the reason, and take nothing; the others do not notice. */
  async #abortSubmits(which: number): Promise<void> {
    const waiting = this.#together.filter(({ all }) => all.some(({ told }) => told === undefined))
    const choice = waiting.length > 0 ? waiting : this.#together
    const calls = choice[which % choice.length]
    if (calls === undefined) return
    const expected = calls.all.map(({ told }) => told ?? gaveUp)
    calls.abort.abort(gaveUp)
    await settled()
    expect(calls.all.every(({ told }, place) => told === expected[place])).toBe(true)
  }

  /** Without a drain everything is over at once, and what was pending comes back. */
  async #abortFlow(): Promise<void> {
    const { flow } = this.open
    const { state, ledger } = flow.stats()
    this.#abort.abort()
    if (this.#ending.drainOnAbort || state !== 'open') return
    await settled()
    expect(flow.stats()).toMatchObject({
      state: 'closed',
      waitingSubmits: 0,
      ledger: { ...ledger, pending: 0, returned: ledger.pending },
    })
  }

  #told(told: unknown): readonly Call[] {
    return this.#calls.filter((call) => call.told === told)
  }

  /** What holds after every step. */
  check(): void {
    const { flow, driver } = this.open
    expectBalance(this.open)
    const { state, ledger, bufferedRows, waitingSubmits, inFlightBatches } = flow.stats()
    expect(ledger.submitted).toBe(this.#told('accepted').length)
    expect(waitingSubmits).toBe(this.#told(undefined).length)
    expect(ledger.pending).toBeLessThanOrEqual(bufferSize)
    expect(bufferedRows).toBeLessThanOrEqual(ledger.pending)
    if (state === 'open')
      expect(ledger.submitted + waitingSubmits).toBe(this.#calls.length - this.#told(gaveUp).length)
    if (state !== 'closed') return expect(ledger.returned).toBe(0)
    this.#final ??= ledger
    expect(ledger).toEqual(this.#final)
    expect([ledger.pending, inFlightBatches, waitingSubmits]).toEqual([0, 0, 0])
    expect([...driver.held].every(({ context }) => context.signal.aborted)).toBe(true)
  }

  /** Every row is settled, or comes back with the error; every caller knows which. */
  async end(): Promise<void> {
    const { graceful } = this.#ending
    const { flow, driver, clock, letters } = this.open
    const closing = flow.close({ timeoutMs: graceful ? 100_000 : 10 }).catch((error: unknown) => error)
    for (let round = 0; round < 400 && flow.stats().state !== 'closed'; round++) {
      for (const write of driver.held) if (graceful) write.commit()
      await clock.advance(graceful ? 50 : 5)
      expectBalance(this.open)
    }
    const closed = await closing
    await settled()
    this.check()
    const { state, ledger } = flow.stats()
    expect(state).toBe('closed')
    expect(ledger.deadLettered).toBe(letters.reduce((sum, letter) => sum + letter.rows.length, 0))
    if (!BatchFlowError.is(closed))
      expect(closed).toEqual({ written: ledger.written, failed: ledger.deadLettered })
    const { rows = [], ledger: told = ledger } = closed as Partial<CloseTimeoutError>
    expect(rows).toHaveLength(ledger.returned)
    expect(told).toEqual(ledger)
    this.#checkRows(rows.map(({ row }) => row))
    if (graceful && (this.#ending.drainOnAbort || !this.#abort.signal.aborted))
      expect(ledger.returned).toBe(0)
  }

  /** An accepted row is somewhere, unless another stands for it; one that was refused is nowhere. */
  #checkRows(returned: readonly unknown[]): void {
    const { flow, driver, letters } = this.open
    const written = targets.flatMap(({ name }) => driver.rowsOf(name))
    const rows = [...written, ...letters.flatMap((letter) => letter.rows), ...returned] as Item[]
    const found = new Set(rows.map(({ text }) => text))
    const accepted = new Set(this.#told('accepted').map(({ text }) => text))
    expect([...found].filter((text) => !accepted.has(text as string))).toEqual([])
    expect([...accepted].filter((text) => !found.has(text))).toHaveLength(flow.stats().ledger.coalesced)
  }
}

test('1. a row that submit accepted ends in exactly one outcome, and the ledger balances at every step', async () => {
  await fc.assert(
    fc.asyncProperty(steps, endings, async (actions, ending) => {
      const model = new Model(ending)
      for (const action of actions) await model.take(action)
      await model.end()
    }),
    { numRuns: 300 },
  )
})

test('flush and close resolve with the counts of what they waited for', async () => {
  const { flow, driver } = openFlow({ flushSize: 2 }, { onWrite: 'hold' })
  for (let id = 1; id <= 4; id++) await flow.submit(items, { id })
  const flushed = flow.flush()
  const [first, second] = driver.writes
  first?.commit()
  second?.fail(new ClassifiedError('poison', 'constraint'))
  await settled()
  driver.writes[2]?.commit()
  await settled()
  driver.writes[3]?.fail(new ClassifiedError('poison', 'constraint'))
  expect(await flushed).toEqual({ written: 3, failed: 1 })
  const again = flow.flush()
  expect(await again).toEqual({ written: 0, failed: 0 })
})

test('flush does not wait for rows that were accepted after it', async () => {
  const { flow, driver } = openFlow({}, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  const flushed = flow.flush()
  await flow.submit(items, { id: 2 })
  driver.writes[0]?.commit()
  expect(await flushed).toEqual({ written: 1, failed: 0 })
  expect(flow.stats().ledger.pending).toBe(1)
})

test('a row whose letter failed is settled once, by the letter that was taken', async () => {
  let calls = 0
  const { flow, driver, clock } = openFlow(
    {
      retry: false,
      onDeadLetter: () => {
        if (++calls < 3) throw new Error('no room')
      },
    },
    { onWrite: (write) => write.fail(new ClassifiedError('transient', 'deadlock')) },
  )
  await flow.submit(items, { id: 1 })
  const flushed = flow.flush()
  await clock.advance(10_000)
  expect(await flushed).toEqual({ written: 0, failed: 1 })
  expect(calls).toBe(3)
  expect(driver.writes).toHaveLength(1)
})
