import { BatchFlowError } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { classify } from '../src/classify.ts'
import { type Phase, PostgresDriverError } from '../src/driver-error.ts'

interface Fields {
  readonly code?: string
  readonly severity?: string
  readonly routine?: string
}

const phases: readonly Phase[] = ['unsent', 'open', 'committing']

const failed = (fields: Fields, phase: Phase = 'committing', row?: number) =>
  new PostgresDriverError(Object.assign(new Error('x'), fields), phase, row)

/** Answers of the server: what they mean does not depend on how far the attempt had come. */
test.each([
  ['40001', 'transient', 'serialization'],
  ['40P01', 'transient', 'deadlock'],
  ['40002', 'transient', 'serialization'],
  ['55P03', 'transient', 'lock_timeout'],
  ['55006', 'transient', 'lock_timeout'],
  ['57P03', 'transient', 'connection'],
  ['57P05', 'transient', 'connection'],
  ['57000', 'transient', 'connection'],
  ['25P03', 'transient', 'timeout'],
  ['25P02', 'transient', 'connection'],
  ['26000', 'transient', 'connection'],
  ['42P05', 'transient', 'connection'],
  ['25006', 'transient', 'readonly'],
  ['08001', 'transient', 'connection'],
  ['HV00N', 'transient', 'connection'],
  ['08007', 'ambiguous', 'connection'],
  ['40003', 'ambiguous', 'connection'],
  ['53300', 'overload', 'throttled'],
  ['53100', 'overload', 'disk_full'],
  ['53200', 'overload', 'throttled'],
  ['53400', 'overload', 'throttled'],
  ['53000', 'overload', 'throttled'],
  ['57014', 'overload', 'timeout'],
  ['58030', 'overload', 'io'],
  ['58P01', 'overload', 'io'],
  ['21000', 'split', 'duplicate_key'],
  ['54001', 'split', 'too_large'],
  ['54011', 'configuration', 'schema'],
  ['54000', 'poison', 'too_large'],
  ['22001', 'poison', 'invalid_row'],
  ['22003', 'poison', 'invalid_row'],
  ['22007', 'poison', 'invalid_row'],
  ['22008', 'poison', 'invalid_row'],
  ['22021', 'poison', 'invalid_row'],
  ['22P02', 'poison', 'invalid_row'],
  ['22P04', 'poison', 'invalid_row'],
  ['22P05', 'poison', 'invalid_row'],
  ['23502', 'poison', 'constraint'],
  ['23503', 'poison', 'constraint'],
  ['23505', 'poison', 'duplicate_key'],
  ['23514', 'poison', 'constraint'],
  ['23P01', 'poison', 'constraint'],
  ['44000', 'poison', 'constraint'],
  ['P0001', 'poison', 'constraint'],
  ['2F002', 'poison', 'constraint'],
  ['38000', 'poison', 'constraint'],
  ['39P01', 'poison', 'constraint'],
  ['08P01', 'poison', 'non_retryable'],
  ['XX000', 'poison', 'non_retryable'],
  // A class that nobody knows yet.
  ['9Z000', 'poison', 'non_retryable'],
  ['42P01', 'configuration', 'schema'],
  ['42703', 'configuration', 'schema'],
  ['42P10', 'configuration', 'schema'],
  ['42804', 'configuration', 'schema'],
  ['42883', 'configuration', 'schema'],
  ['3F000', 'configuration', 'schema'],
  ['3D000', 'configuration', 'schema'],
  ['0A000', 'configuration', 'schema'],
  ['55000', 'configuration', 'schema'],
  ['HV000', 'configuration', 'schema'],
  ['42601', 'configuration', 'syntax'],
  ['428C9', 'configuration', 'syntax'],
  ['42501', 'configuration', 'permission'],
  ['28000', 'configuration', 'permission'],
  ['28P01', 'configuration', 'permission'],
])('%s is %s, %s, in every phase', (code, kind, reason) => {
  for (const phase of phases)
    expect(classify(failed({ code, severity: 'ERROR' }, phase))).toEqual({ kind, reason })
})

const endings: readonly (readonly [string, Fields])[] = [
  ['57P01', { code: '57P01', severity: 'FATAL' }],
  ['57P02', { code: '57P02', severity: 'FATAL' }],
  ['57P04', { code: '57P04', severity: 'FATAL' }],
  ['08000', { code: '08000' }],
  ['08003', { code: '08003' }],
  ['08006', { code: '08006' }],
  ["a pooler's 08P01", { code: '08P01', severity: 'FATAL' }],
  ['ECONNRESET', { code: 'ECONNRESET' }],
  ['EPIPE', { code: 'EPIPE' }],
  ['ETIMEDOUT', { code: 'ETIMEDOUT' }],
  ['ECONNREFUSED', { code: 'ECONNREFUSED' }],
  ['an end without a code', {}],
]

test.each(endings)(
  '%s is ambiguous when the end of a transaction was sent, and transient before',
  (_, fields) => {
    const [unsent, open, committing] = phases.map((phase) => classify(failed(fields, phase)))
    expect(unsent).toEqual({ kind: 'transient', reason: 'connection' })
    expect(open).toEqual({ kind: 'transient', reason: 'connection' })
    expect(committing).toEqual({ kind: 'ambiguous', reason: 'connection' })
  },
)

test.each(['CERT_HAS_EXPIRED', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
  '%s has to be mended by somebody',
  (code) => {
    expect(classify(failed({ code }, 'unsent'))).toEqual({ kind: 'configuration', reason: 'permission' })
  },
)

test('a row that a policy refuses is no missing privilege', () => {
  const refused = failed({ code: '42501', routine: 'ExecWithCheckOptions' })
  expect(classify(refused)).toEqual({ kind: 'poison', reason: 'constraint' })
})

test('a prepared statement that its table has outgrown is prepared again', () => {
  const outgrown = failed({ code: '0A000', routine: 'RevalidateCachedQuery' })
  expect(classify(outgrown)).toEqual({ kind: 'transient', reason: 'connection' })
})

test.each(['mdextend', 'mdzeroextend'])('a file that cannot grow (%s) is a full disk', (routine) => {
  const full = failed({ code: 'XX000', routine })
  expect(classify(full)).toEqual({ kind: 'overload', reason: 'disk_full' })
})

test('the row that the server named is passed on, with failures of rows only', () => {
  expect(classify(failed({ code: '23505' }, 'committing', 7))).toEqual({
    kind: 'poison',
    reason: 'duplicate_key',
    row: 7,
  })
  expect(classify(failed({ code: '40P01' }, 'committing', 7))).toEqual({
    kind: 'transient',
    reason: 'deadlock',
  })
})

test('rows that are together longer than a string can be are split', () => {
  expect(classify(new RangeError('Invalid string length'))).toEqual({ kind: 'split', reason: 'too_large' })
})

test.each([
  ['BATCHFLOW_INVALID_TARGET', 'configuration', 'schema'],
  ['BATCHFLOW_INVALID_OPTION', 'configuration', 'schema'],
  ['BATCHFLOW_CLOSED', 'configuration', 'connection'],
  ['BATCHFLOW_FENCED', 'configuration', 'context'],
  ['BATCHFLOW_INVALID_ROW', 'poison', 'invalid_row'],
] as const)('%s of the driver is %s, %s', (code, kind, reason) => {
  expect(classify(new BatchFlowError(code, 'x'))).toEqual({ kind, reason })
})

test('what pg itself threw is known by its SQLSTATE, and by nothing else', () => {
  const thrown = (code: string) => Object.assign(new Error('x'), { code })
  expect(classify(thrown('23505'))).toEqual({ kind: 'poison', reason: 'duplicate_key' })
  expect(classify(thrown('57P01'))).toEqual({ kind: 'ambiguous', reason: 'connection' })
  for (const foreign of [
    thrown('ECONNRESET'),
    thrown('EPIPE'),
    thrown('SQLITE_BUSY'),
    thrown('BATCHFLOW_FULL'),
    { code: 23505 },
    new Error('23505'),
    '23505',
    null,
    undefined,
  ])
    expect(classify(foreign)).toBeUndefined()
})
