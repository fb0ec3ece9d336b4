/** The two ways that bytes go. */
export type Direction = 'toServer' | 'toClient'

/** What the simulated network does at present. The proxy writes it, connections read it at every step: that is what
 * makes a fault apply to bytes that are already under way. */
export interface Network {
  /** How a new connection is met: passed on, reset at once, or accepted and left without an answer. */
  entry: 'open' | 'refuse' | 'stall'
  /** Directions in which everything vanishes. */
  swallowed: ReadonlySet<Direction>
  /** Nothing moves, nothing is lost. */
  isFrozen: boolean
  /** Time under way, one way. */
  delayMs: number
  /** Per connection and direction; `Infinity` is no limit. */
  bytesPerSecond: number
}

/** A network without faults. */
export const healthy: Readonly<Network> = {
  entry: 'open',
  swallowed: new Set(),
  isFrozen: false,
  delayMs: 0,
  bytesPerSecond: Infinity,
}
