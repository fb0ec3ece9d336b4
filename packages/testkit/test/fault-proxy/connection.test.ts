import { expect, test } from '@jest/globals'
import { connect, Socket } from 'node:net'
import { ArmedFaults } from '../../src/fault-proxy/armed-faults.ts'
import { Connection } from '../../src/fault-proxy/connection.ts'
import { healthy } from '../../src/fault-proxy/network.ts'

test('reset gives up a server that is not reached yet, and does not wait for it', async () => {
  const client = new Socket()
  const server = connect({ host: 'never.invalid', port: 1, lookup: () => {} })
  const closed = new Promise<string>((resolve) => {
    const connection = new Connection({
      client,
      server,
      network: healthy,
      armed: new ArmedFaults(),
      onClosed: () => resolve('closed'),
    })
    connection.reset()
  })
  expect(server.destroyed).toBe(true)
  expect(await closed).toBe('closed')
})
