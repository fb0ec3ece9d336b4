import { postgres, type PostgresOptions, tableOf } from '@batchflow/postgres'
import { expect, test } from '@jest/globals'

const pool = { connect: () => Promise.reject(new Error('not asked for')) }
const db = { connection: () => ({}) }

test.each<readonly [options: unknown, message: string]>([
  [undefined, 'options must be an object, got undefined'],
  [null, 'options must be an object, got null'],
  ['postgres://localhost', 'options must be an object, got "postgres://localhost"'],
  [{}, 'options must be with either pool or db, got "neither"'],
  [{ pool, db }, 'options must be with either pool or db, got "both"'],
  [{ pool: null }, 'pool must be a Pool of pg, got null'],
  [{ pool: {} }, 'pool must be a Pool of pg, got an object'],
  [{ pool: { connect: true } }, 'pool must be a Pool of pg, got an object'],
  [{ db: null }, 'db must be a Kysely instance, got null'],
  [{ db: {} }, 'db must be a Kysely instance, got an object'],
  [{ pool, max: 4 }, 'options must be only pool, db, strategy, prepared, ledger, got "max"'],
  [{ pool, strategy: 'fast' }, "strategy must be 'auto', 'unnest', 'copy' or 'values', got \"fast\""],
  [{ pool, strategy: null }, "strategy must be 'auto', 'unnest', 'copy' or 'values', got null"],
  [{ pool, prepared: 1 }, 'prepared must be true or false, got 1'],
  [{ pool, prepared: null }, 'prepared must be true or false, got null'],
  [{ pool, ledger: 'yes' }, 'ledger must be true or false, got "yes"'],
  [
    { db, strategy: 'copy' },
    "strategy must be 'auto', 'unnest' or 'values' with db, for Kysely has no COPY, got \"copy\"",
  ],
  [{ db, prepared: true }, 'prepared must be false with db, for Kysely prepares nothing, got true'],
])('refuses %j by option, rule and value', (options, message) => {
  expect(() => postgres(options as PostgresOptions)).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION', message }),
  )
})

test('an option that is undefined is its default', () => {
  const options = { pool, db: undefined, strategy: undefined, prepared: undefined, ledger: undefined }
  expect(postgres(options as unknown as PostgresOptions).capabilities.ledger).toBe(false)
})

test('making a driver asks the database for nothing', () => {
  expect(postgres({ pool }).name).toBe('postgres')
})

test('what the driver can do is told as data that nobody can change', () => {
  const { capabilities } = postgres({ pool: { ...pool, options: { max: 3 } } as never, ledger: true })
  expect(capabilities).toEqual({
    perRowOutcomes: true,
    isolatesRows: true,
    atomicBatches: true,
    ledger: true,
    maxBatchBytes: 2 ** 28,
    maxConcurrency: 3,
  })
  expect(Object.isFrozen(capabilities)).toBe(true)
})

test.each([
  [-1, 'olderThanMs must be a number of milliseconds from 0 on, got -1'],
  [Number.NaN, 'olderThanMs must be a number of milliseconds from 0 on, got NaN'],
  ['1', 'olderThanMs must be a number of milliseconds from 0 on, got "1"'],
  [undefined, 'olderThanMs must be a number of milliseconds from 0 on, got undefined'],
])('refuses to prune marks older than %p', async (olderThanMs, message) => {
  await expect(postgres({ pool }).pruneLedger({ olderThanMs } as never)).rejects.toMatchObject({
    code: 'BATCHFLOW_INVALID_OPTION',
    message,
  })
})

test('a target that no tableOf made is refused, and is a configuration error', async () => {
  const driver = postgres({ pool })
  const batch = { id: '1', target: { name: 'x' } as never, rows: [] }
  const context = { attempt: 1, signal: new AbortController().signal }
  const error: unknown = await driver.write(batch, context).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'BATCHFLOW_INVALID_TARGET',
    message: 'target x must be made by tableOf or tablesOf',
  })
  expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
})

test('a pool that cannot be reached is asked again, and no row is at fault', async () => {
  const table = tableOf<{ id: number }>()('t', { columns: ['id'] })
  for (const connect of [
    pool.connect,
    () => {
      throw new Error('at once')
    },
  ] as const) {
    const driver = postgres({ pool: { connect } })
    const context = { attempt: 1, signal: new AbortController().signal }
    const error: unknown = await driver
      .write({ id: '1', target: table, rows: [] }, context)
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'PostgresDriverError', phase: 'unsent' })
    expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
  }
})
