import { redis, type RedisArgument } from '@batchflow/redis'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { openClient } from './server.ts'
import { rowsOf, write } from './written.ts'

/** What Redis holds after it was given a value. */
function stored(value: RedisArgument): Buffer {
  return typeof value === 'object' ? value : Buffer.from(`${value}`)
}

const value: fc.Arbitrary<RedisArgument> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc
    .string({ unit: 'binary', maxLength: 100 })
    .filter((text) => (text as string & { isWellFormed(): boolean }).isWellFormed()),
  fc.constantFrom('', '\0', '\r\n', '$5\r\nHELLO\r\n', 'x'.repeat(10_000)),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
)

test.each([{}, { transport: 'socket' }, { atomic: true }, { ledger: true }] as const)(
  'with %j any value comes back as it is, under any key',
  async (options) => {
    await using server = await openClient()
    const { prefix, outside, client } = server
    const driver = redis({ ...options, client, ledgerPrefix: `${prefix}ledger:` })
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 40 }), async (values) => {
        const hash = `${prefix}hash`
        const rows = rowsOf(...values.map((one, index) => ['HSET', hash, index, one] as const))
        expect(await write(driver, rows)).toEqual(values.map(() => 'w'))
        const found = await outside.hmgetBuffer(hash, ...values.map((_, index) => `${index}`))
        expect(found.map((bytes, index) => bytes?.equals(stored(values[index] as RedisArgument)))).toEqual(
          values.map(() => true),
        )
      }),
      { numRuns: 40 },
    )
    await driver.close()
  },
)
