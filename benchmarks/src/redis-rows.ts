import { commandsOf } from '@batchflow/redis'

/** A value that lives for a while: about 110 bytes as a command. */
export interface SessionRow {
  key: string
  value: string
  ttl: number
}

// The same keys in every run, and soon gone: nothing is left to clear away.
const ttlSeconds = 60
const payload = 'abcdefghijklmnopqrstuvwxyz0123456789abcdefghij'

/** Made inside the timed loop of every case, as a service would. */
export function sessionRow(id: number): SessionRow {
  return { key: `batchflow:bench:${id}`, value: `session ${id} ${payload}`, ttl: ttlSeconds }
}

export const sessions = commandsOf<SessionRow>()('sessions', ({ key, value, ttl }) => [
  ['SET', key, value, 'EX', ttl],
])
