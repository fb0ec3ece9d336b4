import { expect, test } from '@jest/globals'
import { ArmedFaults } from '../../src/fault-proxy/armed-faults.ts'

const commit = Buffer.from('COMMIT')
const begin = Buffer.from('BEGIN')
const isCommit = (data: Buffer): boolean => data.includes('COMMIT')
const one = {}
const other = {}

test('a fault on the n-th reply lets the ones before and after it pass', () => {
  const armed = new ArmedFaults()
  armed.armReply(3, 'fin')
  expect([one, other, one, one].map((connection) => armed.onReply(connection))).toEqual([
    undefined,
    undefined,
    'fin',
    undefined,
  ])
})

test('a fault on a request happens to the first that matches, and to no other', () => {
  const armed = new ArmedFaults()
  armed.armRequest(isCommit, { lose: 'request', by: 'reset' })
  expect([begin, commit, commit].map((data) => armed.onRequest(one, data))).toEqual([
    undefined,
    'reset',
    undefined,
  ])
})

test('a reply to be lost is the next one on the connection of its request', () => {
  const armed = new ArmedFaults()
  armed.armRequest(isCommit, { lose: 'reply', by: 'blackHole' })
  expect(armed.onRequest(one, commit)).toBeUndefined()
  expect(armed.onReply(other)).toBeUndefined()
  expect(armed.size).toBe(1)
  expect(armed.onReply(one)).toBe('blackHole')
  expect(armed.onReply(one)).toBeUndefined()
})

test('a fault that is armed again takes the place of the one that has not happened', () => {
  const armed = new ArmedFaults()
  armed.armReply(1, 'fin')
  armed.armReply(2, 'reset')
  expect(armed.size).toBe(1)
  expect([one, one].map((connection) => armed.onReply(connection))).toEqual([undefined, 'reset'])
})

test('every fault counts until it has happened', () => {
  const armed = new ArmedFaults()
  armed.armReply(1, 'fin')
  armed.armRequest(isCommit, { lose: 'request', by: 'fin' })
  expect(armed.size).toBe(2)
  armed.onRequest(one, commit)
  expect(armed.size).toBe(1)
  armed.onReply(one)
  expect(armed.size).toBe(0)
})

test('nothing happens after all faults are cleared', () => {
  const armed = new ArmedFaults()
  armed.armRequest(isCommit, { lose: 'reply', by: 'fin' })
  armed.onRequest(one, commit)
  armed.armRequest(isCommit, { lose: 'request', by: 'fin' })
  armed.armReply(1, 'fin')
  armed.clear()
  expect(armed.size).toBe(0)
  expect(armed.onRequest(one, commit)).toBeUndefined()
  expect(armed.onReply(one)).toBeUndefined()
})
