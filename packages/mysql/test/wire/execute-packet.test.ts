import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createConnection } from 'mysql2/promise'
import { ExecutePacket } from '../../src/wire/execute-packet.ts'
import { fakeServer, ok, packet } from '../fake-server.ts'

const [double, text] = [5, 253]
const statementId = 7

/** What mysql2 sends for these values as one row. */
async function ofMysql2(values: readonly (number | string)[], queryAttributes: boolean): Promise<Buffer> {
  let sent = Buffer.alloc(0)
  await using server = await fakeServer(
    (request) => {
      // COM_STMT_PREPARE: the statement's number and its parameters, of which nothing more is said.
      if (request[4] === 0x16) {
        const header = Buffer.from([0, statementId, 0, 0, 0, 0, 0, values.length, 0, 0, 0, 0])
        return Buffer.concat([packet(1, header), packet(2, Buffer.from([0xfe, 0, 0, 2, 0]))])
      }
      if (request[4] === 0x17) sent = Buffer.concat([request])
      return packet(1, ok)
    },
    { queryAttributes },
  )
  const connection = await createConnection({ host: '127.0.0.1', port: server.port, user: 'x' })
  await connection.execute('insert', [...values])
  connection.destroy()
  return sent
}

function ours(values: readonly (number | string)[], named: boolean): Buffer {
  const made = new ExecutePacket(named)
  made.begin({ row: values.map((value) => (typeof value === 'number' ? double : text)), rows: 1 })
  for (const value of values) {
    if (typeof value === 'number') made.out.float64(value)
    else made.out.utf8(value)
  }
  const bytes = made.sealed(statementId)
  bytes.writeUIntLE(bytes.length - 4, 0, 3)
  return bytes
}

test.each([false, true])('is what mysql2 would send, with query attributes: %p', async (named) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.double({ noNaN: true }), fc.string({ unit: 'grapheme', maxLength: 400 })), {
        minLength: 1,
        maxLength: 20,
      }),
      async (values) => {
        expect(ours(values, named).toString('hex')).toBe((await ofMysql2(values, named)).toString('hex'))
      },
    ),
    { numRuns: 30 },
  )
})

test('can be made anew, and forgets what was in it', () => {
  const made = new ExecutePacket(false)
  const make = () => {
    made.begin({ row: [text], rows: 3 })
    made.out.utf8('a')
    made.setNull(1)
    made.out.utf8('c')
    return made.sealed(1).toString('hex')
  }
  const first = make()
  made.begin({ row: [text, text], rows: 1_000 })
  for (let parameter = 0; parameter < 2_000; parameter++) made.setNull(parameter)
  expect(make()).toBe(first)
  // COM_STMT_EXECUTE, statement 1, no cursor, once; the second is NULL; three types; two texts.
  expect(first).toBe('00000000 17 01000000 00 01000000 02 01 fd00 fd00 fd00 0161 0163'.replaceAll(' ', ''))
})
