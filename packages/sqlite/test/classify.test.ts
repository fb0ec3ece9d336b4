import { BatchFlowError } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { classify } from '../src/classify.ts'

const withCode = (code: string, message = '') => Object.assign(new Error(message), { code })

test.each([
  ['SQLITE_BUSY', 'transient', 'lock_timeout'],
  ['SQLITE_BUSY_SNAPSHOT', 'transient', 'lock_timeout'],
  ['SQLITE_LOCKED_SHAREDCACHE', 'transient', 'lock_timeout'],
  ['SQLITE_PROTOCOL', 'transient', 'lock_timeout'],
  ['SQLITE_SCHEMA', 'transient', 'serialization'],
  ['SQLITE_ATTEMPT_ABORTED', 'transient', 'processor_timeout'],
  ['SQLITE_BATCH_TOO_LARGE', 'split', 'too_large'],
  ['SQLITE_FULL', 'overload', 'disk_full'],
  ['SQLITE_IOERR_WRITE', 'overload', 'io'],
  ['SQLITE_NOMEM', 'overload', 'throttled'],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'poison', 'duplicate_key'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'poison', 'duplicate_key'],
  ['SQLITE_CONSTRAINT_ROWID', 'poison', 'duplicate_key'],
  ['SQLITE_CONSTRAINT_NOTNULL', 'poison', 'constraint'],
  ['SQLITE_CONSTRAINT_CHECK', 'poison', 'constraint'],
  ['SQLITE_CONSTRAINT_FOREIGNKEY', 'poison', 'constraint'],
  ['SQLITE_CONSTRAINT_DATATYPE', 'poison', 'constraint'],
  ['SQLITE_CONSTRAINT_TRIGGER', 'poison', 'constraint'],
  ['SQLITE_MISMATCH', 'poison', 'invalid_row'],
  ['SQLITE_TOOBIG', 'poison', 'too_large'],
  ['SQLITE_READONLY', 'configuration', 'readonly'],
  ['SQLITE_READONLY_DBMOVED', 'configuration', 'readonly'],
  ['SQLITE_CANTOPEN', 'configuration', 'io'],
  ['SQLITE_NOTADB', 'configuration', 'io'],
  ['SQLITE_CORRUPT_INDEX', 'configuration', 'io'],
  ['SQLITE_AUTH', 'configuration', 'permission'],
  ['SQLITE_PERM', 'configuration', 'permission'],
  ['SQLITE_WORKER_LOST', 'ambiguous', 'connection'],
])('%s is %s, %s', (code, kind, reason) => {
  expect(classify(withCode(code))).toEqual({ kind, reason })
})

test.each([
  ['too many SQL variables', 'split', 'too_large'],
  ['no such table: main.users', 'configuration', 'schema'],
  ['table users has no column named x', 'configuration', 'schema'],
  ['near "selct": syntax error', 'configuration', 'syntax'],
])('SQLITE_ERROR "%s" is %s, %s', (message, kind, reason) => {
  expect(classify(withCode('SQLITE_ERROR', message))).toEqual({ kind, reason })
})

test('a value that cannot be bound is a bad row', () => {
  for (const error of [new TypeError('x'), new RangeError('x')])
    expect(classify(error)).toEqual({ kind: 'poison', reason: 'invalid_row' })
})

test.each([
  ['BATCHFLOW_INVALID_TARGET', 'configuration', 'schema'],
  ['BATCHFLOW_INVALID_OPTION', 'configuration', 'schema'],
  ['BATCHFLOW_CLOSED', 'configuration', 'connection'],
  ['BATCHFLOW_INVALID_ROW', 'poison', 'invalid_row'],
] as const)('%s of the driver is %s, %s', (code, kind, reason) => {
  expect(classify(new BatchFlowError(code, 'x'))).toEqual({ kind, reason })
})

test.each([
  ['SQLITE_CANTOPEN', 'io'],
  ['SQLITE_NOTADB', 'io'],
  ['SQLITE_READONLY', 'readonly'],
  ['SQLITE_ERROR', 'syntax'],
  // A setup that breaks a constraint: the rows have no part in it.
  ['SQLITE_CONSTRAINT_UNIQUE', 'schema'],
])('a database that cannot be opened because of %s is a configuration failure', (code, reason) => {
  const error = new BatchFlowError('BATCHFLOW_INVALID_OPTION', 'x', { cause: withCode(code) })
  expect(classify(error)).toEqual({ kind: 'configuration', reason })
})

test('errors of others are not classified', () => {
  for (const error of [
    withCode('ECONNRESET'),
    withCode('SQLITE'),
    withCode('BATCHFLOW_FULL'),
    new Error('x'),
    'x',
    null,
    undefined,
  ])
    expect(classify(error)).toBeUndefined()
})
