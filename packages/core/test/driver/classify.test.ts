import { expect, test } from '@jest/globals'
import { classifierOf } from '../../src/driver/classify.ts'
import { classifyNodeError } from '../../src/driver/node-errors.ts'

test('a connection that was never made is transient, one that broke is ambiguous', () => {
  expect(classifyNodeError({ code: 'ECONNREFUSED' })).toEqual({ kind: 'transient', reason: 'connection' })
  expect(classifyNodeError({ code: 'ECONNRESET' })).toEqual({ kind: 'ambiguous', reason: 'connection' })
})

test('values that are no errors are nobody’s', () => {
  for (const value of [undefined, null, 0, 'ECONNRESET', Symbol('x'), {}, { code: 1 }])
    expect(classifyNodeError(value)).toBeUndefined()
})

test('the user is asked first, then the driver, then the table of Node', () => {
  const classify = classifierOf(
    [
      (error) => (error === 'mine' ? { kind: 'overload', reason: 'throttled' } : undefined),
      (error) => (error === 'mine' || error === 'his' ? { kind: 'transient', reason: 'io' } : undefined),
    ],
    () => {},
  )
  expect(classify('mine').kind).toBe('overload')
  expect(classify('his').kind).toBe('transient')
  expect(classify({ code: 'ENOSPC' }).reason).toBe('disk_full')
  expect(classify('nobody’s')).toEqual({ kind: 'poison', reason: 'unknown' })
})
