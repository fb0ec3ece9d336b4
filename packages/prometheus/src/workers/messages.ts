import { isRecord } from '../options/checked-options.ts'
import type { Snapshot } from './snapshot.ts'

/** Between threads of a process, messages go over this `BroadcastChannel`: a worker's own port is the user's. */
export const channelName = 'batchflow.metrics.1'

const kind = 'batchflow.metrics.1'

/** The hub asks all workers for a snapshot. */
export interface Ask {
  readonly kind: typeof kind
  readonly ask: number
}

/** A worker tells its snapshot: as asked (`answer`), when it begins (no `answer`), or for the last time (`last`). */
export interface Tell {
  readonly kind: typeof kind
  readonly threadId: number
  readonly answer?: number
  readonly last?: boolean
  readonly snapshot: Snapshot
}

/** A question with a number. */
export function askWith(ask: number): Ask {
  return { kind, ask }
}

/** What a worker tells. */
export function tellOf(tell: Omit<Tell, 'kind'>): Tell {
  return { kind, ...tell }
}

/** Whether a message is a question of a hub; others are the user's. */
export function isAsk(message: unknown): message is Ask {
  return isRecord(message) && message['kind'] === kind && typeof message['ask'] === 'number'
}

/** Whether a message is what a worker tells; others are the user's. */
export function isTell(message: unknown): message is Tell {
  return isRecord(message) && message['kind'] === kind && isRecord(message['snapshot'])
}

/** The message in an event of a `BroadcastChannel`. */
export function dataOf(event: unknown): unknown {
  return typeof event === 'object' && event !== null ? Reflect.get(event, 'data') : undefined
}
