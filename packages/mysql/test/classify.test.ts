import { BatchFlowError, reasons } from '@batchflow/core'
import { describe, expect, test } from '@jest/globals'
import { classify } from '../src/classify.ts'
import { MysqlDriverError, type Phase } from '../src/driver-error.ts'
import { classes, failures } from '../src/failures.ts'

function failureOf(fields: object, phase: Phase = 'open', row?: number) {
  return classify(new MysqlDriverError(fields, { phase, ...(row !== undefined && { row }) }))
}

const server = (errno: number, sqlState = 'HY000') => ({ errno, sqlState, message: 'x' })

describe('errors of the server', () => {
  test.each([
    [1213, 'transient deadlock'],
    [1205, 'transient lock_timeout'],
    [1020, 'transient serialization'],
    [1317, 'transient timeout'],
    [1053, 'transient connection'],
    [1927, 'transient connection'],
    [1290, 'transient readonly'],
    [1792, 'transient readonly'],
    [1836, 'transient readonly'],
    [1040, 'overload throttled'],
    [1203, 'overload throttled'],
    [1226, 'overload throttled'],
    [1637, 'overload throttled'],
    [1021, 'overload disk_full'],
    [1114, 'overload disk_full'],
    [1969, 'overload timeout'],
    [3024, 'overload timeout'],
    [1153, 'split too_large'],
    [1390, 'split too_large'],
    [1062, 'poison duplicate_key'],
    [1048, 'poison constraint'],
    [1364, 'poison constraint'],
    [1451, 'poison constraint'],
    [1452, 'poison constraint'],
    [3819, 'poison constraint'],
    [4025, 'poison constraint'],
    [1264, 'poison invalid_row'],
    [1265, 'poison invalid_row'],
    [1292, 'poison invalid_row'],
    [1366, 'poison invalid_row'],
    [1406, 'poison invalid_row'],
    [3140, 'poison invalid_row'],
    [1045, 'configuration permission'],
    [1044, 'configuration permission'],
    [1142, 'configuration permission'],
    [1049, 'configuration schema'],
    [1054, 'configuration schema'],
    [1136, 'configuration schema'],
    [1146, 'configuration schema'],
    [1064, 'configuration syntax'],
  ])('%i is %s', (errno, expected) => {
    const failure = failureOf(server(errno))
    expect(`${failure?.kind} ${failure?.reason}`).toBe(expected)
  })

  test('a number that is not listed goes by the class of its SQLSTATE, and else is a bad row', () => {
    expect(failureOf(server(9_999, '22007'))).toEqual({ kind: 'poison', reason: 'invalid_row' })
    expect(failureOf(server(9_999, '23000'))).toEqual({ kind: 'poison', reason: 'constraint' })
    expect(failureOf(server(9_999, '45000'))).toEqual({ kind: 'poison', reason: 'constraint' })
    expect(failureOf(server(9_999, '42000'))).toEqual({ kind: 'configuration', reason: 'syntax' })
    expect(failureOf(server(9_999))).toEqual({ kind: 'poison', reason: 'non_retryable' })
  })

  test('every reason is on the closed list', () => {
    for (const { reason } of [...failures.values(), ...classes.values()]) expect(reasons).toContain(reason)
  })

  test('1153 has the class of a broken connection, and is none', () => {
    expect(failureOf(server(1_153, '08S01'), 'autocommit')?.kind).toBe('split')
  })

  test('the row that the server named is part of a bad row only', () => {
    expect(failureOf(server(1_406), 'open', 3)).toEqual({ kind: 'poison', reason: 'invalid_row', row: 3 })
    expect(failureOf(server(1_213), 'open', 3)).toEqual({ kind: 'transient', reason: 'deadlock' })
  })

  test.each([1317, 1927, 1053, 1969])('%i in answer to a COMMIT says nothing about it', (errno) => {
    expect(failureOf(server(errno), 'committing')?.kind).toBe('ambiguous')
    expect(failureOf(server(errno), 'autocommit')?.kind).not.toBe('ambiguous')
  })
})

describe('errors of the connection', () => {
  test.each(['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', 'ETIMEDOUT', 'PROTOCOL_SEQUENCE_TIMEOUT'])(
    '%s: by how far the attempt had come',
    (code) => {
      const fields = { code, errno: -104, message: 'x' }
      expect(failureOf(fields, 'unsent')).toEqual({ kind: 'transient', reason: 'connection' })
      expect(failureOf(fields, 'open')).toEqual({ kind: 'transient', reason: 'connection' })
      expect(failureOf(fields, 'autocommit')).toEqual({ kind: 'ambiguous', reason: 'connection' })
      expect(failureOf(fields, 'committing')).toEqual({ kind: 'ambiguous', reason: 'connection' })
    },
  )

  test('those without a code, by the words of mysql2 3.24', () => {
    const unsent = (message: string) => failureOf({ message }, 'unsent')
    expect(unsent('Queue limit reached.')).toEqual({ kind: 'overload', reason: 'throttled' })
    expect(unsent('No connections available.')).toEqual({ kind: 'overload', reason: 'throttled' })
    expect(unsent('Pool is closed.')).toEqual({ kind: 'configuration', reason: 'connection' })
    expect(unsent("Can't add new command when connection is in closed state")).toEqual({
      kind: 'transient',
      reason: 'connection',
    })
  })
})

describe('errors of others', () => {
  test('what mysql2 threw itself is classified without a phase', () => {
    expect(classify({ errno: 1062, sqlState: '23000' })).toEqual({ kind: 'poison', reason: 'duplicate_key' })
    expect(classify({ errno: 1317, sqlState: '70100' })).toEqual({ kind: 'ambiguous', reason: 'connection' })
    expect(classify({ errno: -111, code: 'ECONNREFUSED' })).toBeUndefined()
  })

  test('our own go by their code', () => {
    const own = (code: ConstructorParameters<typeof BatchFlowError>[0]) =>
      classify(new BatchFlowError(code, 'x'))
    expect(own('BATCHFLOW_INVALID_TARGET')?.kind).toBe('configuration')
    expect(own('BATCHFLOW_FENCED')).toEqual({ kind: 'configuration', reason: 'context' })
    expect(own('BATCHFLOW_INVALID_ROW')?.kind).toBe('poison')
    expect(own('BATCHFLOW_FULL')).toBeUndefined()
  })
})
