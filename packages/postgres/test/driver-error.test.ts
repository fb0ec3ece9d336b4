import { expect, test } from '@jest/globals'
import { inspect } from 'node:util'
import { PostgresDriverError } from '@batchflow/postgres'

const secret = 'zq-secret-zq'

/** As pg throws it, with the row in everything that PostgreSQL ever puts a row into. */
const thrown = (fields: object) =>
  Object.assign(new Error(`a message with ${secret}`), {
    detail: `Failing row contains (${secret}).`,
    hint: secret,
    internalQuery: secret,
    severity: 'ERROR',
    ...fields,
  })

test.each([
  ['22P02', {}, 'the server refused a row (SQLSTATE 22P02)'],
  ['22003', { column: 'n', table: 't' }, 'the server refused a row (column n, table t) (SQLSTATE 22003)'],
  ['P0001', {}, 'the server refused a row (SQLSTATE P0001)'],
  ['44000', { table: 'v' }, 'the server refused a row (table v) (SQLSTATE 44000)'],
  ['55P04', {}, 'the server refused a row (SQLSTATE 55P04)'],
  ['XX000', {}, 'the server refused a row (SQLSTATE XX000)'],
  ['9Z000', {}, 'the server refused a row (SQLSTATE 9Z000)'],
])('of %s only names are told', (code, fields, message) => {
  expect(new PostgresDriverError(thrown({ code, ...fields }), 'committing').message).toBe(message)
})

/** Their messages are the server's own, and it has no values in them. */
test.each([
  '22001',
  '23502',
  '23503',
  '23505',
  '23514',
  '42P01',
  '40P01',
  '53300',
  '55P03',
  '57014',
  '0A000',
])('of %s the message is told, unless a function has worded it', (code) => {
  const own = new PostgresDriverError(thrown({ code, where: 'COPY t, line 3, column c' }), 'committing')
  expect(own.message).toBe(`a message with ${secret} (SQLSTATE ${code})`)
  const where = 'PL/pgSQL function check_row() line 3 at RAISE\nCOPY t, line 3'
  const raised = new PostgresDriverError(thrown({ code, where, constraint: 'c' }), 'committing')
  expect(raised.message).toBe(
    `a function or trigger of the database failed (constraint c) (SQLSTATE ${code})`,
  )
})

test('of errors of the network the message is told', () => {
  for (const code of ['EPIPE', 'ECONNREFUSED', undefined]) {
    const original = Object.assign(new Error('connect to 127.0.0.1:5432 failed'), code && { code })
    expect(new PostgresDriverError(original, 'unsent').message).toBe('connect to 127.0.0.1:5432 failed')
  }
  expect(new PostgresDriverError(undefined, 'unsent').message).toBe('the connection failed')
  expect(new PostgresDriverError({ message: 5 }, 'unsent').message).toBe('the connection failed')
})

test('no logger comes across the values', () => {
  const error = new PostgresDriverError(thrown({ code: '22P02', where: secret, file: secret }), 'open')
  const shown = [
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: false }),
    JSON.stringify(error),
    JSON.stringify(Object.getOwnPropertyDescriptors(error)),
    JSON.stringify(Object.assign({}, error)),
    String(error),
    String(error.stack),
    inspect(structuredClone(error)),
  ]
  expect(shown.join('\n')).not.toContain(secret)
})

test('the fields are those that can be told, and the original is kept for who asks', () => {
  const original = thrown({ code: '23505', table: 't', column: 'c', constraint: 'k', schema: 's' })
  const error = new PostgresDriverError(original, 'committing', 4)
  expect(Object.assign({}, error)).toEqual({
    name: 'PostgresDriverError',
    code: '23505',
    table: 't',
    column: 'c',
    constraint: 'k',
    phase: 'committing',
    row: 4,
  })
  expect(error.original).toBe(original)
  expect(Object.assign({}, new PostgresDriverError('x', 'unsent'))).toEqual({
    name: 'PostgresDriverError',
    phase: 'unsent',
  })
})

test('an error is known for one of the driver by what it is, not by its look', () => {
  expect(PostgresDriverError.is(new PostgresDriverError({}, 'open'))).toBe(true)
  for (const other of [{ code: '23505', phase: 'open' }, new Error('x'), 'x', null, undefined])
    expect(PostgresDriverError.is(other)).toBe(false)
})
