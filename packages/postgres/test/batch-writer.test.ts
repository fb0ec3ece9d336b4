// What is sent, and what is made of answers that no server of the tests can be brought to give.
import type { Position, RowOutcome } from '@batchflow/core'
import { describe, expect, test } from '@jest/globals'
import { reasons, rejection } from './attempt.ts'
import { BatchWriter, type WriteOptions } from '../src/batch-writer.ts'
import { classify } from '../src/classify.ts'
import { PostgresDriverError } from '../src/driver-error.ts'
import { planTable } from '../src/plan.ts'
import type { Answer, Statement } from '../src/wire/session.ts'
import { type Cells, define } from './define.ts'
import { described } from './described.ts'

const plain = define('t', { columns: ['price'] })
const plan = planTable(plain, described({ price: 'money' }), {
  strategy: 'unnest',
  prepared: false,
  canCopy: false,
})

/** Answers that all is well, unless `answer` knows better. */
function sessionOf(answer: (statement: Statement) => Partial<Answer> | Error | undefined) {
  const sent: string[] = []
  const session = {
    run: (statements: readonly Statement[]): Promise<readonly Answer[]> => {
      const answers: Answer[] = []
      for (const statement of statements) {
        sent.push(statement.text)
        const given = answer(statement)
        if (given !== undefined && 'message' in given) return Promise.reject(given)
        answers.push({ tag: statement.text.toUpperCase(), rows: [], ...given })
      }
      return Promise.resolve(answers)
    },
  }
  return { sent, session }
}

async function write(
  session: ReturnType<typeof sessionOf>['session'],
  rows: readonly Cells[],
  { position, ...options }: Partial<WriteOptions> & { readonly position?: Position } = {},
): Promise<void | readonly RowOutcome[]> {
  const batch = { id: 'one', target: plain, rows, ...(position && { position }) }
  return await new BatchWriter(session, plan, batch, {
    ledger: false,
    checksTypes: false,
    statementTimeoutMs: undefined,
    maxStatements: 100,
    ...options,
  }).write()
}

const refused = (code: string) =>
  new PostgresDriverError(Object.assign(new Error('x'), { code }), 'committing')
const rowsOf = (...prices: readonly string[]) => prices.map((price) => ({ price }))
const isInsert = ({ text }: Statement) => text.startsWith('insert into "t"')
/** Refuses every statement with this value. */
const refusing = (value: string) => (statement: Statement) =>
  isInsert(statement) && String(statement.values?.[0]).includes(value) ? refused('23514') : undefined

describe('what is sent', () => {
  const insert = 'insert into "t" ("price") select u."price" from unnest($1::money[]) as u("price")'
  const limit = expect.stringMatching(/^select set_config\('statement_timeout', \$1::text, true\) where /)
  const check = expect.stringMatching(/^select \(case when array\[pg_catalog\.pg_typeof\(/)

  test('one statement, in a transaction that is its own', async () => {
    const { sent, session } = sessionOf(() => undefined)
    expect(await write(session, rowsOf('1', '2'))).toBeUndefined()
    expect(sent).toEqual([insert])
  })

  test('the time limit and the mark before it, the look at the types behind it', async () => {
    const { sent, session } = sessionOf(() => undefined)
    await write(session, rowsOf('1'), { ledger: true, statementTimeoutMs: 900, checksTypes: true })
    expect(sent).toEqual([limit, 'insert into batchflow_ledger (id) values ($1)', insert, check])
  })

  test('when a row is refused, a search behind one savepoint, in one transaction', async () => {
    const { sent, session } = sessionOf(refusing('bad'))
    const outcomes = await write(session, rowsOf('1', 'bad', '3'), { ledger: true, statementTimeoutMs: 900 })
    expect(reasons(outcomes)).toEqual(['w', 'poison constraint', 'w'])
    expect(sent.slice(sent.indexOf('begin'))).toEqual([
      'begin',
      limit,
      'set constraints all immediate',
      'insert into batchflow_ledger (id) values ($1)',
      // The first two, which fail; the third; then each of the two.
      'savepoint batchflow',
      insert,
      'rollback to savepoint batchflow',
      insert,
      'release savepoint batchflow',
      'savepoint batchflow',
      insert,
      'rollback to savepoint batchflow',
      insert,
      'release savepoint batchflow',
      check,
      'update batchflow_ledger set refused = $2 where id = $1',
      'commit',
    ])
  })

  test('a position behind the rows and the look at the types, and no mark', async () => {
    const { sent, session } = sessionOf(() => undefined)
    const position = { source: 's', last: '1', epoch: 1 }
    await write(session, rowsOf('1'), { ledger: true, checksTypes: true, position })
    expect(sent).toEqual([insert, check, expect.stringMatching(/^with advanced as \(update /)])
  })

  test('nothing of rows that the driver refuses itself but the look whether it is right to', async () => {
    const { sent, session } = sessionOf(() => undefined)
    expect(reasons(await write(session, [{ price: 5 }], { ledger: true }))).toEqual(['poison invalid_row'])
    expect(sent).toEqual([check])
  })

  test('nothing of no rows', async () => {
    const { sent, session } = sessionOf(() => undefined)
    expect(await write(session, [], { ledger: true, statementTimeoutMs: 5 })).toBeUndefined()
    expect(sent).toEqual([])
  })
})

test('a COMMIT that is answered by ROLLBACK is no commit', async () => {
  const { session } = sessionOf((statement) =>
    statement.text === 'commit' ? { tag: 'ROLLBACK' } : refusing('bad')(statement),
  )
  const error = await rejection(write(session, rowsOf('1', 'bad')))
  expect(error).toMatchObject({ phase: 'open', code: '40000' })
  expect(classify(error)).toEqual({ kind: 'transient', reason: 'serialization' })
})

test('an earlier attempt that comes to its end while bad rows are looked for has written the batch', async () => {
  const marked = new PostgresDriverError(
    Object.assign(new Error('x'), { code: '23505', constraint: 'batchflow_ledger_pkey' }),
    'open',
  )
  let marks = 0
  const { sent, session } = sessionOf((statement) => {
    if (statement.text.startsWith('insert into batchflow_ledger')) return ++marks === 2 ? marked : undefined
    if (statement.text.startsWith('select refused'))
      return { rows: [{ refused: '[{"index": 1, "code": "23514"}]' }] }
    return refusing('bad')(statement)
  })
  const outcomes = await write(session, rowsOf('1', 'bad', '3'), { ledger: true })
  expect(reasons(outcomes)).toEqual(['w', 'poison constraint', 'w'])
  expect(sent.slice(-2)).toEqual(['rollback', expect.stringMatching(/^select refused/)])
})

test('rows that are together longer than a string can be are split', async () => {
  const written: unknown[] = []
  // As V8 does at half a billion characters.
  const { session } = sessionOf((statement) => {
    if (!isInsert(statement)) return undefined
    if (String(statement.values?.[0]).length > 20) return new RangeError('Invalid string length')
    written.push(statement.values?.[0])
    return undefined
  })
  const outcomes = await write(session, rowsOf('1', '2', '3'.repeat(20), '4'))
  expect(reasons(outcomes)).toEqual(['w', 'w', 'split too_large', 'w'])
  expect(written).toEqual(['{"1","2"}', '{"4"}'])
})

test('all rows are written when smaller statements can do what a large one cannot', async () => {
  let first = true
  const { session } = sessionOf((statement) => {
    if (!isInsert(statement) || !first) return undefined
    first = false
    return refused('21000')
  })
  expect(await write(session, rowsOf('1', '2', '3'))).toBeUndefined()
})

test.each(['40P01', '57014', '42804', '08006'])(
  '%s in the middle of the search ends the attempt',
  async (code) => {
    let inserts = 0
    const { sent, session } = sessionOf((statement) =>
      isInsert(statement) && ++inserts === 3 ? refused(code) : refusing('bad')(statement),
    )
    expect(await rejection(write(session, rowsOf('bad', '2', '3', '4')))).toMatchObject({ code })
    expect(sent).not.toContain('commit')
  },
)
