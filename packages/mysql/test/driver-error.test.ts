import { expect, test } from '@jest/globals'
import { inspect } from 'node:util'
import { failedAt, MysqlDriverError } from '../src/driver-error.ts'

function errorOf(errno: number, message: string): MysqlDriverError {
  const original = Object.assign(new Error(message), { errno, sqlState: '23000', sql: `insert 'secret'` })
  return failedAt({ text: `insert 'secret'` }, new MysqlDriverError(original, { phase: 'autocommit' }))
}

test.each([
  [1062, `Duplicate entry 'secret' for key 'users.email'`, 'duplicate entry for key email (errno 1062)'],
  [
    1062,
    `Doppelter Eintrag 'secret' für Schlüssel 'PRIMARY'`,
    'duplicate entry for key PRIMARY (errno 1062)',
  ],
  [
    1366,
    "Incorrect integer value: 'secret' for column `a`.`b`.`c` at row 1",
    'the server refused a row or a statement (column c) (errno 1366)',
  ],
  [
    1366,
    `Incorrect string value: 'for column x at row 1' for column 'c' at row 12`,
    'the server refused a row or a statement (column c) (errno 1366)',
  ],
  [1064, `You have an error near 'secret'`, 'the server refused a row or a statement (errno 1064)'],
  [1406, `Data too long for column 'c' at row 1`, `Data too long for column 'c' at row 1 (errno 1406)`],
  [1644, 'secret of a trigger', 'the server refused a row or a statement (errno 1644)'],
  [
    1242,
    'Subquery returns more than 1 row',
    'a unique index other than conflict.columns has this row already (errno 1242)',
  ],
])('%i: the message has names and no values', (errno, message, expected) => {
  const error = errorOf(errno, message)
  expect(error.message).toBe(expected)
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret')
  expect(JSON.stringify(error)).not.toContain('secret')
  expect((error.original as Error).message).toBe(message)
})

test('an error of the network keeps its code and words, and has no number', () => {
  const error = new MysqlDriverError(
    { code: 'ECONNREFUSED', errno: -111, message: 'connect ECONNREFUSED 127.0.0.1:1' },
    { phase: 'unsent' },
  )
  expect(error).toMatchObject({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:1' })
  expect(error.errno).toBeUndefined()
})
