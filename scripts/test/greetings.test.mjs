import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { greetsLikeMysql, greetsLikePostgres, greetsLikeRedis } from '../servers/greetings.mjs'

/** A server that says `first` to whoever connects, and then one answer to each thing it hears. */
async function serverSaying(t, { first, answers = [] }) {
  const left = [...answers]
  const server = createServer((socket) => {
    if (first) socket.write(first)
    socket.on('data', () => left.length > 0 && socket.write(left.shift()))
    socket.on('error', () => {
      // The probe has seen enough.
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  return server.address().port
}

const authentication = (kind) => Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, kind])
const packet = (sequence, ...payload) => Buffer.from([payload.length, 0, 0, sequence, ...payload])

const conversations = {
  'PostgreSQL that trusts us': [greetsLikePostgres, 'postgres://u@', { answers: [authentication(0)] }, true],
  'PostgreSQL that wants a password': [
    greetsLikePostgres,
    'postgres://u@',
    { answers: [authentication(10)] },
    false,
  ],
  'PostgreSQL with the password': [
    greetsLikePostgres,
    'postgres://u:p@',
    { answers: [authentication(10)] },
    true,
  ],
  'MySQL that lets us in': [
    greetsLikeMysql,
    'mysql://u@',
    { first: packet(0, 10), answers: [packet(2, 0)] },
    true,
  ],
  'MySQL that asks twice': [
    greetsLikeMysql,
    'mysql://u@',
    { first: packet(0, 10), answers: [packet(2, 0xfe), packet(4, 0)] },
    true,
  ],
  'MySQL that wants a password': [
    greetsLikeMysql,
    'mysql://u@',
    { first: packet(0, 10), answers: [packet(2, 0xff)] },
    false,
  ],
  'MySQL that is full': [greetsLikeMysql, 'mysql://u@', { first: packet(0, 0xff) }, false],
  'Redis that lets us in': [greetsLikeRedis, 'redis://', { answers: ['+PONG\r\n'] }, true],
  'Redis that wants a password': [greetsLikeRedis, 'redis://', { answers: ['-NOAUTH \r\n'] }, false],
  'Redis with the password': [greetsLikeRedis, 'redis://:p@', { answers: ['-NOAUTH \r\n'] }, true],
  'a web server in the place of Redis': [
    greetsLikeRedis,
    'redis://',
    { answers: ['HTTP/1.1 400\r\n'] },
    false,
  ],
}

for (const [name, [greets, start, says, expected]] of Object.entries(conversations)) {
  test(`${name}: ${expected ? 'there' : 'not there'}`, async (t) => {
    const port = await serverSaying(t, says)
    assert.equal(await greets(new URL(`${start}127.0.0.1:${port}/test`)), expected)
  })
}

test('nobody at the port: not there', async () => {
  assert.equal(await greetsLikeRedis(new URL('redis://127.0.0.1:1')), false)
})
