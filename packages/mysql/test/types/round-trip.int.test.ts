import { mysql, type Protocol, tableOf } from '@batchflow/mysql'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { openDatabase, reasons, type TestDatabase, write } from '../database.ts'

/** How one type is tried: what is written, how it is read, and what has to be read then. */
interface Trial {
  readonly declared: string
  readonly values: fc.Arbitrary<unknown>
  /** SQL for the column `v`; the default reads its text. */
  readonly read?: string
  readonly expected: (value: unknown) => unknown
  /** What was read, to be compared. */
  readonly found?: (text: string) => unknown
}

const someText = fc.string({ unit: 'grapheme-composite', maxLength: 20 })
const anyText = fc.oneof(
  someText,
  fc.constantFrom('', "'", '\\', '\\0', '\0', 'a\\\'"`?:x\n', ' blank ', '👩‍🚀', '%_'),
)
const hexOf = (value: unknown) =>
  Buffer.from(value as string, 'utf8')
    .toString('hex')
    .toUpperCase()
const asText = (value: unknown) => String(value)

function integers(declared: string, min: bigint, max: bigint): Trial {
  const isSafe = (value: bigint) => Number.isSafeInteger(Number(value))
  return {
    declared,
    values: fc
      .tuple(
        fc.oneof(fc.bigInt(min, max), fc.constantFrom(min, max, 1n)),
        fc.constantFrom('bigint', 'string', 'number'),
      )
      .map(([value, form]) =>
        form === 'string' ? `${value}` : form === 'number' && isSafe(value) ? Number(value) : value,
      ),
    expected: (value) => `${BigInt(value as string)}`,
  }
}

/** Milliseconds from the year 1 to the end of 9999. */
const times = fc.oneof(
  fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
  fc.integer({ min: 0, max: 2_000_000_000_000 }),
)

/** A moment as a Date, as its ISO text, or with an offset. */
const moments = (ms: fc.Arbitrary<number>) =>
  fc.tuple(ms, fc.constantFrom('date', 'iso', 'mysql', 'offset')).map(([time, form]) => {
    const iso = new Date(time).toISOString()
    if (form === 'date') return new Date(time)
    if (form === 'mysql') return iso.slice(0, 23).replace('T', ' ')
    if (form === 'iso' || time > 253_402_200_000_000) return iso
    return `${new Date(time + 5.5 * 3_600_000).toISOString().slice(0, 23)}+05:30`
  })

function timeOf(value: unknown): number {
  if (typeof value !== 'string') return (value as Date).getTime()
  return Date.parse(value.includes('T') ? value : `${value.replace(' ', 'T')}Z`)
}

const digits = (fraction: number) => (value: unknown) =>
  new Date(timeOf(value))
    .toISOString()
    .replace('T', ' ')
    .slice(0, fraction === 0 ? 19 : 20 + fraction)

const micros = fc
  .tuple(fc.integer({ min: 0, max: 2_000_000_000 }), fc.integer({ min: 0, max: 999_999 }))
  .map(
    ([seconds, part]) =>
      `${new Date(seconds * 1_000).toISOString().slice(0, 19)}.${String(part).padStart(6, '0')}Z`,
  )

const clock = fc
  .tuple(fc.boolean(), fc.integer({ min: 0, max: 838 }), fc.nat(59), fc.nat(59), fc.nat(999_999))
  .map(([negative, hours, minutes, seconds, part]) => {
    const pair = (number: number) => String(number).padStart(2, '0')
    const sign = negative && hours + minutes + seconds + part > 0 ? '-' : ''
    return `${sign}${pair(hours)}:${pair(minutes)}:${pair(seconds)}.${String(part).padStart(6, '0')}`
  })
  .filter((value) => !/^-?838:59:59\.[^0]/.test(value))

// Neither server tells -0 from 0.
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const jsonValues = fc
  .jsonValue({ maxDepth: 5, stringUnit: 'grapheme-composite' })
  .filter((value) => value !== null)

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((value) => Buffer.from(value))
const hexOfBytes = (value: unknown) => (value as Buffer).toString('hex').toUpperCase()

const decimals = fc
  .tuple(fc.bigInt(-(10n ** 28n), 10n ** 28n), fc.constantFrom('string', 'exponent'))
  .map(([units, form]) => {
    if (form === 'exponent') return `${units}e-10`
    const all = String(units < 0n ? -units : units).padStart(11, '0')
    return `${units < 0n ? '-' : ''}${all.slice(0, -10)}.${all.slice(-10)}`
  })

function scaled(value: unknown): string {
  const given = String(value)
  if (!given.endsWith('e-10')) return given
  const units = BigInt(given.slice(0, -4))
  const all = String(units < 0n ? -units : units).padStart(11, '0')
  return `${units < 0n ? '-' : ''}${all.slice(0, -10)}.${all.slice(-10)}`
}

const isZero = (found: string) => !/[1-9]/.test(found)

const trials: readonly Trial[] = [
  integers('tinyint', -128n, 127n),
  integers('tinyint unsigned', 0n, 255n),
  integers('smallint', -32_768n, 32_767n),
  integers('mediumint', -8_388_608n, 8_388_607n),
  integers('int', -(2n ** 31n), 2n ** 31n - 1n),
  integers('int unsigned', 0n, 2n ** 32n - 1n),
  integers('bigint', -(2n ** 63n), 2n ** 63n - 1n),
  integers('bigint unsigned', 0n, 2n ** 64n - 1n),
  { declared: 'boolean', values: fc.boolean(), expected: (value) => (value === true ? '1' : '0') },
  {
    declared: 'decimal(38, 10)',
    values: decimals,
    expected: scaled,
    found: (found) => (isZero(found) ? found.replace('-', '') : found),
  },
  { declared: 'decimal(20, 0)', values: fc.integer(), expected: asText },
  { declared: 'double', values: double, read: 'v', expected: (value) => value, found: Number },
  { declared: 'float', values: float, read: 'v + 0e0', expected: (value) => value, found: Number },
  {
    declared: 'bit(1)',
    values: fc.constantFrom(true, false, 0, 1, 0n, 1n, Buffer.from([1])),
    read: 'cast(v + 0 as char)',
    expected: (value) => (Buffer.isBuffer(value) ? '1' : String(Number(value))),
  },
  {
    declared: 'bit(64)',
    values: fc.bigInt(0n, 2n ** 64n - 1n),
    read: 'cast(v + 0 as char)',
    expected: asText,
  },
  { declared: 'bit(12)', values: fc.nat(4_095), read: 'cast(v + 0 as char)', expected: asText },
  {
    declared: 'date',
    values: times.map((time) => new Date(time)),
    expected: (value) => (value as Date).toISOString().slice(0, 10),
  },
  {
    declared: 'date',
    values: times.map((time) => new Date(time).toISOString().slice(0, 10)),
    expected: asText,
  },
  { declared: 'time(6)', values: clock, expected: asText },
  {
    declared: 'time',
    values: clock,
    // What is left of less than a second has no sign.
    expected: (value) => String(value).replace(/\..*/, '').replace('-00:00:00', '00:00:00'),
    found: (found) => found,
  },
  { declared: 'datetime', values: moments(times), expected: digits(0) },
  { declared: 'datetime(3)', values: moments(times), expected: digits(3) },
  {
    declared: 'datetime(6)',
    values: micros,
    expected: (value) => String(value).replace('T', ' ').slice(0, 26),
  },
  { declared: 'datetime(2)', values: moments(times), expected: digits(2) },
  {
    declared: 'timestamp(3) null',
    values: moments(fc.integer({ min: 1_000, max: 2_147_483_647_000 })),
    expected: digits(3),
  },
  {
    declared: 'timestamp(6) null',
    values: micros.filter((value) => value >= '1970-01-01T00:00:01'),
    expected: (value) => String(value).replace('T', ' ').slice(0, 26),
  },
  {
    declared: 'year',
    values: fc.oneof(fc.integer({ min: 1901, max: 2155 }), fc.constant(0)),
    expected: (value) => String(value).padStart(4, '0'),
  },
  { declared: 'varchar(300)', values: anyText, read: 'hex(v)', expected: hexOf },
  { declared: 'text', values: anyText, read: 'hex(v)', expected: hexOf },
  { declared: 'longtext', values: anyText, read: 'hex(v)', expected: hexOf },
  { declared: 'char(100)', values: anyText.map((value) => value.trimEnd()), read: 'hex(v)', expected: hexOf },
  { declared: 'varbinary(300)', values: bytes(300), read: 'hex(v)', expected: hexOfBytes },
  { declared: 'blob', values: bytes(300), read: 'hex(v)', expected: hexOfBytes },
  {
    declared: 'binary(16)',
    values: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    read: 'hex(v)',
    expected: (value) => hexOfBytes(Buffer.from(value as Uint8Array)),
  },
  {
    declared: 'json',
    values: jsonValues,
    expected: (value) => JSON.parse(JSON.stringify(value)) as unknown,
    found: (found) => JSON.parse(found) as unknown,
  },
  {
    declared: `enum('a', 'it''s', '2', 'ü')`,
    values: fc.constantFrom('a', "it's", '2', 'ü'),
    expected: asText,
  },
  {
    declared: `set('a', 'b', 'c d')`,
    values: fc.subarray(['a', 'b', 'c d']).chain((members) => fc.constantFrom(members, members.join(','))),
    expected: asText,
  },
]

const onMariadb: readonly Trial[] = [
  { declared: 'uuid', values: fc.uuid({ version: [1, 4, 7] }), expected: asText },
  { declared: 'inet6', values: fc.constantFrom('2001:db8::ff00:42:8329', '::'), expected: asText },
]

let database: TestDatabase
beforeAll(async () => {
  database = await openDatabase({ timezone: '+03:00' })
  // Neither the time zone of the sessions nor that of the client must matter.
  database.pool.on('connection', (connection) => connection.query(`set time_zone = '-05:00'`))
  await database.query(`set time_zone = '+00:00'`)
})
afterAll(() => database.close())

const table = tableOf<{ id: number; v: unknown }>()('t', { columns: ['id', 'v'] })

async function checkTrial(
  { declared, values, read, expected, found = (same) => same }: Trial,
  protocol: Protocol,
) {
  await database.query(`drop table if exists t; create table t (id int primary key, v ${declared})`)
  const driver = mysql({ pool: database.pool, protocol })
  const rows = fc.array(fc.option(values, { freq: 10 }), { minLength: 16, maxLength: 16 })
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      await database.query('delete from t')
      const outcomes = await write(
        driver,
        table,
        given.map((v, id) => ({ id, v })),
      )
      expect(reasons(outcomes)).toBeUndefined()
      const stored = await database.queryExactly(
        `select ${read ?? 'cast(v as char)'} as v from t order by id`,
      )
      expect(stored.map(({ v }) => (v === null ? null : found(`${v as string | number}`)))).toEqual(
        given.map((value) => (value === null ? null : expected(value))),
      )
    }),
    { numRuns: 50 },
  )
}

describe.each(['prepared', 'text'] as const)('%s', (protocol) => {
  test.each(trials.map((trial) => [trial.declared, trial] as const))('%s', async (_, trial) => {
    await checkTrial(trial, protocol)
  })

  test('types that only MariaDB has', async () => {
    const [version] = await database.query('select version() as version')
    for (const trial of /MariaDB/.test(String(version?.['version'])) ? onMariadb : [])
      await checkTrial(trial, protocol)
  })
})
