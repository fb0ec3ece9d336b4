import type { Pool } from 'mysql2/promise'
import type { MysqlConnection } from '../src/wire/client.ts'

/** Marks of the commands that run statements. */
const [query, execute] = [0x03, 0x17]

/** Counts the statements whose text has a word in it, on every connection that a pool makes from now on. */
export function countStatements(pool: Pool, word: string): { readonly texts: string[]; count(): number } {
  const texts: string[] = []
  const note = (text: string | undefined) => {
    if (text?.includes(word) === true) texts.push(text)
  }
  pool.on('connection', (given) => {
    const connection = given as unknown as MysqlConnection
    const prepared = new Map<number, string>()
    const [writePacket, prepare] = [
      connection.writePacket.bind(connection),
      connection.prepare.bind(connection),
    ]
    connection.writePacket = (packet) => {
      const { buffer } = packet
      if (buffer[4] === query) note(buffer.toString('utf8', 5))
      if (buffer[4] === execute) note(prepared.get(buffer.readInt32LE(5)))
      writePacket(packet)
    }
    connection.prepare = (text, callback) =>
      prepare(text, (error, statement) => {
        if (statement !== undefined) prepared.set(statement.id, text)
        callback(error, statement)
      })
  })
  return { texts, count: () => texts.length }
}
