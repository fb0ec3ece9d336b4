/** Whether a pool gave up waiting for a connection. The pools have no code for it, so this goes by what they say:
 *
 * - pg 8 (pg-pool 3): an Error `timeout exceeded when trying to connect`
 * - tarn 3, which knex uses: a `TimeoutError`
 * - ioredis and mysql2 on a socket: the code `ETIMEDOUT`; mysql2's own pool has no time limit */
export function isAcquireTimeout(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if ('code' in error && error.code === 'ETIMEDOUT') return true
  if ('name' in error && error.name === 'TimeoutError') return true
  return 'message' in error && error.message === 'timeout exceeded when trying to connect'
}
