import { setTimeout } from 'node:timers/promises'
import { isCluster, type RedisClient } from './ioredis.ts'

/** Settings under which nothing is sent twice and nothing waits where nobody sees it. */
const safe = Object.freeze({
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  lazyConnect: true,
  // Nothing is out any more when it is ended. ioredis keeps a timer for so long.
  disconnectTimeout: 100,
  // Attempts have a deadline. The timer of the other outlives a connection and ends the next one (ioredis 5.11).
  commandTimeout: undefined,
  socketTimeout: undefined,
  // Without a check of readiness ioredis 5.11 takes a connection that breaks among these for ready, and makes no other.
  disableClientInfo: true,
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
})

/** A client of the driver's own to the same servers: ioredis makes its connections with the options of the given one (TLS,
 * password, database, Sentinel, how it reconnects). Nothing is connected yet. */
export function ownClient(client: RedisClient): RedisClient {
  const own = isCluster(client)
    ? client.duplicate([], { lazyConnect: true, redisOptions: { ...client.options.redisOptions, ...safe } })
    : client.duplicate(safe)
  // ioredis prints what nobody listens for. What a connection meets shows in the attempts that wait for it.
  own.on('error', () => {})
  return own
}

/** The longest that a client is waited for, in milliseconds; ioredis closes its connections after `disconnectTimeout`. */
const endPatienceMs = 1_000

/** Ends a client; resolves when its connections are closed. */
export async function end(client: RedisClient): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    client.on('end', () => resolve())
  })
  client.disconnect()
  // Where there was nothing to close (between two connections, in the middle of one) ioredis says nothing.
  if (client.status === 'end' || client.status === 'reconnecting') return
  const timer = new AbortController()
  await Promise.race([ended, setTimeout(endPatienceMs, undefined, { signal: timer.signal }).catch(() => {})])
  timer.abort()
}
