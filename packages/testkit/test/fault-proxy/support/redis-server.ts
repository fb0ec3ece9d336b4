import { type Client, openClient } from './client.ts'

const url = new URL(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379')

/** Where the tests' Redis server is. */
export const redisServer = { host: url.hostname, port: Number(url.port || 6379) }

/** Commands in the protocol of Redis, as many as given, in one piece.
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export function commands(...all: readonly (readonly string[])[]): string {
  const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
  return all.map((words) => `*${words.length}\r\n${words.map(bulk).join('')}`).join('')
}

/** A connection that may send commands: with the password and the database of REDIS_URL. */
export async function openRedis(address: { readonly host: string; readonly port: number }): Promise<Client> {
  const client = await openClient(address)
  if (url.password !== '') {
    const user = url.username === '' ? [] : [decodeURIComponent(url.username)]
    client.send(commands(['AUTH', ...user, decodeURIComponent(url.password)]))
    await client.hears('+OK\r\n')
  }
  client.send(commands(['SELECT', url.pathname.slice(1) || '0'], ['PING']))
  await client.hears('+PONG\r\n')
  return client
}

/** Whether the server answers. */
export async function redisAnswers(): Promise<boolean> {
  try {
    const client = await openRedis(redisServer)
    client[Symbol.dispose]()
    return true
  } catch {
    // Whatever the reason, there is nothing to test with; the caller says so.
    return false
  }
}
