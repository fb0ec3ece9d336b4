import { expect, test } from '@jest/globals'
import type { MysqlConnection } from '../../src/wire/client.ts'
import { maxPrepared, PreparedStatements } from '../../src/wire/prepared-statements.ts'

/** A connection that notes what is prepared and closed on it. */
function connection() {
  const prepared: string[] = []
  const closed: string[] = []
  const made = {
    prepare(text: string, callback: (error: Error | null, statement?: { readonly id: number }) => void) {
      if (text === 'bad') callback(new Error('no such thing'))
      else callback(null, { id: prepared.push(text) })
    },
    unprepare: (text: string) => closed.push(text),
  }
  return { connection: made as unknown as MysqlConnection, prepared, closed }
}

test('a statement is prepared once', async () => {
  const { connection: on, prepared } = connection()
  const statements = new PreparedStatements(on)
  expect([await statements.get('a'), await statements.get('b'), await statements.get('a')]).toEqual([
    { id: 1 },
    { id: 2 },
    { id: 1 },
  ])
  expect(prepared).toEqual(['a', 'b'])
})

test('of too many the one that was used least lately is closed', async () => {
  const { connection: on, closed } = connection()
  const statements = new PreparedStatements(on)
  for (let number = 0; number < maxPrepared; number++) await statements.get(`s${number}`)
  await statements.get('s0')
  await statements.get('one more')
  expect(closed).toEqual(['s1'])
})

test('all are closed when the server has forgotten them, and prepared again', async () => {
  const { connection: on, prepared, closed } = connection()
  const statements = new PreparedStatements(on)
  await statements.get('a')
  statements.forget()
  expect(closed).toEqual(['a'])
  await statements.get('a')
  expect(prepared).toEqual(['a', 'a'])
})

test('a check leaves nothing, but what was there', async () => {
  const { connection: on, closed } = connection()
  const statements = new PreparedStatements(on)
  await statements.get('a')
  await statements.check('a')
  await statements.check('b')
  expect(closed).toEqual(['b'])
  await expect(statements.check('bad')).rejects.toThrow('no such thing')
})
