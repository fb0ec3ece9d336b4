import { expect, test } from '@jest/globals'
import type { Failure, FailureKind } from '@batchflow/core'
import fc from 'fast-check'
import { isolate, type PartFailure } from '../src/isolate.ts'
import { rowsOf, Transaction, type World } from './transaction.ts'

/** Writes the whole batch, as a driver does, and searches when that fails. */
async function run(world: World, maxStatements = 2 * world.rows) {
  const transaction = new Transaction(world)
  const first = await transaction.write(rowsOf(world))
  const lost = first && (await isolate({ rows: world.rows, first, maxStatements, write: transaction.write }))
  return { transaction, lost: lost ?? new Map<number, PartFailure>() }
}

function bound(rows: number, bad: number): number {
  return Math.min(bad * (2 * Math.ceil(Math.log2(rows)) + 1), 2 * rows - 1)
}

const rows = fc.integer({ min: 1, max: 70 })
const badAmong = (count: number) => fc.subarray(rowsOf({ rows: count }), { minLength: 1 })
const batch = rows.chain((count) => fc.record({ rows: fc.constant(count), bad: badAmong(count) }))

test('every good row is written once, every bad row is lost under its own failure', async () => {
  await fc.assert(
    fc.asyncProperty(batch, async (world) => {
      const { transaction, lost } = await run(world)
      expect([...lost.keys()]).toEqual(world.bad)
      for (const [index, { failure, cause }] of lost) {
        expect(failure).toEqual({ kind: 'poison', reason: 'constraint' })
        expect(cause).toBe(transaction.causeOf([index]))
      }
      const good = rowsOf(world).filter((index) => !world.bad.includes(index))
      expect(transaction.written).toEqual(good)
    }),
    { numRuns: 500 },
  )
})

test('without names, any 8 rows take at most k(2 log2 n + 1) writes, and 15 when all are bad', async () => {
  for (let mask = 1; mask < 256; mask++) {
    const bad = rowsOf({ rows: 8 }).filter((index) => mask & (1 << index))
    const { transaction, lost } = await run({ rows: 8, bad })
    expect([...lost.keys()]).toEqual(bad)
    expect(transaction.statements).toBeLessThanOrEqual(bound(8, bad.length))
  }
})

test('1,024 rows with 0, 1, 2, 10 and 1,024 bad ones, within the bound wherever they stand', async () => {
  const all = rowsOf({ rows: 1024 })
  for (const k of [0, 1, 2, 10, 1024]) {
    const places =
      k === 1024 ? fc.constant(all) : fc.uniqueArray(fc.nat(1023), { minLength: k, maxLength: k })
    const named = fc.constantFrom<World['names']>(undefined, 'right', (_, count) =>
      count % 2 ? 'right' : 'none',
    )
    await fc.assert(
      fc.asyncProperty(places, named, async (bad, names) => {
        const { transaction, lost } = await run({ rows: 1024, bad, ...(names && { names }) })
        expect([...lost.keys()]).toEqual(bad.toSorted((one, other) => one - other))
        expect(transaction.written.length).toBe(1024 - k)
        expect(transaction.statements).toBeLessThanOrEqual(k === 0 ? 1 : bound(1024, k))
      }),
      { numRuns: k === 1024 || k === 0 ? 3 : 100 },
    )
  }
})

test('a row that the server names is found with 2 writes beside the first', async () => {
  await fc.assert(
    fc.asyncProperty(batch, async (world) => {
      const { transaction, lost } = await run({ ...world, names: 'right' })
      expect([...lost.keys()]).toEqual(world.bad)
      expect(transaction.statements).toBeLessThanOrEqual(2 * world.bad.length + 1)
    }),
  )
})

test('names that are wrong cost two writes each, lose no row, and are not followed for long', async () => {
  const name = fc.constantFrom('right', 'wrong', 'none', 'nonsense' as const)
  await fc.assert(
    fc.asyncProperty(batch, fc.array(name, { minLength: 1, maxLength: 9 }), async (world, names) => {
      const { transaction, lost } = await run({
        ...world,
        names: (_, count) => names[count % names.length] ?? 'none',
      })
      expect([...lost.keys()]).toEqual(world.bad)
      expect(transaction.written.length).toBe(world.rows - world.bad.length)
      const k = world.bad.length
      expect(transaction.statements).toBeLessThanOrEqual(bound(world.rows, k) + 2 * (k + 1))
    }),
    { numRuns: 1000 },
  )
  const { transaction } = await run({ rows: 1024, bad: [700], names: 'wrong' })
  expect(transaction.statements).toBeLessThanOrEqual(21 + 2)
})

test('names are followed as long as more of them were right than wrong', async () => {
  const bad = [10, 20, 30]
  const { transaction } = await run({ rows: 64, bad, names: (_, count) => (count === 2 ? 'wrong' : 'right') })
  expect(transaction.statements).toBe(1 + 2 * bad.length + 2)
})

test('a name whose row is fine once the others are written was not wrong', async () => {
  const world: World = {
    rows: 16,
    apart: [0, 1],
    bad: [12, 13],
    names: (_, count) => (count === 1 ? 'none' : 'right'),
  }
  const { transaction, lost } = await run(world)
  expect([...lost.keys()]).toEqual([12, 13])
  expect(transaction.log.slice(0, 5)).toEqual(['!0-15', '!0-7', '0-7', '1', '!8-15'])
  expect(transaction.statements).toBe(9)
})

test('of rows that only fail together one is written', async () => {
  const groups = fc.record({
    rows: fc.constant(32),
    group: fc.array(fc.option(fc.nat(5), { nil: undefined }), { minLength: 32, maxLength: 32 }),
    names: fc.constantFrom<'right' | 'wrong' | 'none'>('right', 'wrong', 'none'),
  })
  await fc.assert(
    fc.asyncProperty(groups, async ({ rows: count, group, names }) => {
      const { transaction, lost } = await run({ rows: count, unique: group, names })
      const values = group.filter((value) => value !== undefined)
      expect(lost.size).toBe(values.length - new Set(values).size)
      expect(transaction.written.length).toBe(count - lost.size)
    }),
  )
  const { lost } = await run({ rows: 4, unique: [7, undefined, undefined, 7] })
  expect([...lost.keys()]).toEqual([3])
})

test('rows that may not stand in one statement are all written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 64 }), fc.nat(), fc.nat(), async (count, one, other) => {
      const apart: [number, number] = [one % count, other % count]
      const { transaction, lost } = await run({ rows: count, apart })
      expect(lost.size).toBe(0)
      expect(transaction.written).toEqual(rowsOf({ rows: count }))
    }),
  )
})

test('the leftmost half comes first, and where it is fine the other is not tried as a whole', async () => {
  const { transaction } = await run({ rows: 8, bad: [5] })
  expect(transaction.log).toEqual(['!0-7', '0-3', '!4-5', '4', '!5', '6-7'])
})

test('a batch that is too large is halved, and its halves are tried as they are', async () => {
  const { transaction, lost } = await run({ rows: 8, maxRows: 4, names: 'wrong' })
  expect(transaction.log).toEqual(['!0-7', '0-3', '4-7'])
  expect(lost.size).toBe(0)
  const none = await run({ rows: 2, maxRows: 0 })
  const tooLarge: Failure = { kind: 'split', reason: 'too_large' }
  expect([...none.lost.values()].map(({ failure }) => failure)).toEqual([tooLarge, tooLarge])
  expect(none.transaction.log).toEqual(['!0-1', '!0', '!1'])
})

test('one row is lost without another write', async () => {
  const { transaction, lost } = await run({ rows: 1, bad: [0], names: 'right' })
  expect(transaction.statements).toBe(1)
  expect(lost.get(0)).toEqual({
    failure: { kind: 'poison', reason: 'constraint' },
    cause: transaction.causeOf([0]),
  })
})

test.each<FailureKind>(['transient', 'overload', 'configuration', 'ambiguous'])(
  'a failure of kind %s ends the search with its cause',
  async (kind) => {
    const cause = new Error('the server is gone')
    const failure: PartFailure = { failure: { kind, reason: 'connection' }, cause }
    const poison: PartFailure = { failure: { kind: 'poison', reason: 'constraint' }, cause: new Error('bad') }
    const options = { rows: 4, maxStatements: 9, write: () => Promise.resolve(failure) }
    await expect(isolate({ ...options, first: poison })).rejects.toBe(cause)
    await expect(isolate({ ...options, first: failure })).rejects.toBe(cause)
  },
)

test('what write throws ends the search', async () => {
  const error = new Error('the connection is closed')
  const first: PartFailure = { failure: { kind: 'poison', reason: 'constraint' }, cause: undefined }
  const write = () => Promise.reject(error)
  await expect(isolate({ rows: 4, first, maxStatements: 9, write })).rejects.toBe(error)
})

test('beyond maxStatements what is not written is lost, as not searched', async () => {
  await fc.assert(
    fc.asyncProperty(batch, fc.nat(40), fc.boolean(), async (world, maxStatements, isNamed) => {
      const { transaction, lost } = await run({ ...world, names: isNamed ? 'right' : 'none' }, maxStatements)
      expect(transaction.statements).toBeLessThanOrEqual(maxStatements + 1)
      const seen = [...transaction.written, ...lost.keys()]
      expect(seen.toSorted((one, other) => one - other)).toEqual(rowsOf(world))
      for (const [index, { failure, cause }] of lost)
        if (failure.reason === 'non_retryable') expect(cause).toBe(transaction.causeOf(rowsOf(world)))
        else expect([failure.reason, world.bad.includes(index)]).toEqual(['constraint', true])
    }),
    { numRuns: 500 },
  )
  const { transaction, lost } = await run({ rows: 8, bad: [1] }, 0)
  expect([transaction.statements, lost.size, lost.get(7)?.failure]).toEqual([
    1,
    8,
    { kind: 'poison', reason: 'non_retryable' },
  ])
})
