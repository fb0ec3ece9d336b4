import { mysql } from '@batchflow/mysql'
import { expect, test } from '@jest/globals'
import { createPool, type Pool } from 'mysql2/promise'
import { Readable } from 'node:stream'
import { write } from './database.ts'
import { fakeServer, ok, packet } from './fake-server.ts'
import { items, rowsFrom } from './flow.ts'

test('a server that asks for a file gets none, even if the pool would give it one', async () => {
  const received: Buffer[] = []
  await using server = await fakeServer((request) => {
    // To the first command: the wish for a file. What comes then is the file.
    if (request[4] === 0x03)
      return packet(1, Buffer.concat([Buffer.from([0xfb]), Buffer.from('/etc/passwd')]))
    received.push(request)
    return packet(3, ok)
  })
  const pool = createPool({ host: '127.0.0.1', port: server.port, user: 'x', flags: ['-LOCAL_FILES'] })
  const driver = mysql({ pool })
  let asked = 0
  // As if somebody had allowed it behind the driver's back.
  configOf(pool)['infileStreamFactory'] = () => {
    asked++
    return Readable.from(['a secret of this machine'])
  }
  await expect(write(driver, items, rowsFrom(0, 3))).rejects.toThrow()
  expect(asked).toBe(0)
  expect(received.map((data) => data.length)).toEqual([4])
  await pool.end()
})

function configOf(pool: Pool): Record<string, unknown> {
  const { config } = (pool as unknown as { pool: { config: { connectionConfig: Record<string, unknown> } } })
    .pool
  return config.connectionConfig
}
