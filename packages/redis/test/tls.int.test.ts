import { redis } from '@batchflow/redis'
import { expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort, startServer } from './own-server.ts'
import { connected, end } from './server.ts'
import { rowsOf, write } from './written.ts'

const folder = fileURLToPath(new URL('./certificate/', import.meta.url))

test.each([
  { transport: 'client' },
  { transport: 'socket' },
  { transport: 'client', ledger: true },
  { transport: 'socket', ledger: true },
] as const)('%j: TLS, a user with a password and a database are those of the client', async (options) => {
  const port = await freePort()
  const settings = [
    ['--tls-port', `${port}`],
    ['--tls-auth-clients', 'no'],
    ['--tls-ca-cert-file', `${folder}cert.pem`],
    ['--tls-cert-file', `${folder}cert.pem`],
    ['--tls-key-file', `${folder}key.pem`],
  ]
  await using server = await startServer(...settings.flat())
  await server.outside.call('ACL', 'SETUSER', 'writer', 'on', '>pass', '~*', '+@all')
  await server.outside.call('ACL', 'SETUSER', 'default', 'off')
  const login = { username: 'writer', password: 'pass', db: 5 }
  const tls = { ca: await readFile(`${folder}cert.pem`) }
  const client = connected({ ...login, tls }, `rediss://127.0.0.1:${port}`)
  const driver = redis({ ...options, client })
  const long = 'x'.repeat(200_000)
  const rows = rowsOf(...Array.from({ length: 500 }, (_, row) => ['SET', `key:${row}`, row] as const))
  expect(await write(driver, rows)).toEqual(rows.map(() => 'w'))
  expect(await write(driver, rowsOf(['SET', 'long', long], ['SET', 'bytes', Buffer.from([0, 255])]))).toEqual(
    ['w', 'w'],
  )
  const outside = connected(login, server.url)
  await new Promise((resolve) => outside.once('ready', resolve))
  expect(await outside.strlen('long')).toBe(200_000)
  expect(await outside.getBuffer('bytes')).toEqual(Buffer.from([0, 255]))
  expect(await outside.get('key:499')).toBe('499')
  await driver.close()
  await end(client)
  await end(outside)
})
