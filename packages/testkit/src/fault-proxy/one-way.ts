import type { Socket } from 'node:net'
import type { Direction, Network } from './network.ts'

/** Bytes that one direction holds before it stops reading: a sender is slowed down by a slow receiver, as by a TCP window. */
const windowBytes = 256 * 1024

/** A limited bandwidth lets through what it is worth in this time, and then waits. */
const sliceMs = 10

/** What {@link OneWay} connects. */
export interface OneWayParts {
  readonly direction: Direction
  readonly network: Readonly<Network>
  readonly from: Socket
  readonly to: Socket
  /** Whether bytes pass; called once for what one read gave, when its turn to leave has come. */
  readonly passes: (data: Buffer) => boolean
  /** Called when the RST of `from` has come through. */
  readonly reset: () => void
}

interface Parcel {
  readonly what: Buffer | 'fin' | 'rst'
  readonly arrivedAtMs: number
}

/** One direction of a connection. All that `from` says (bytes, FIN, RST) waits in one queue, so nothing overtakes anything.
 * The first parcel leaves once it has been under way for the delay. Whatever stops the queue (time, a full receiver, a
 * frozen network) calls `pump` when it is over.
 *
 * A direction that has swallowed something is lost for good: TCP never delivers what comes after a hole. */
export class OneWay {
  readonly #parts: OneWayParts
  readonly #queue: Parcel[] = []
  /** What is left of the bytes that are leaving. */
  #rest: Buffer | undefined
  #heldBytes = 0
  /** When the bandwidth lets the next bytes through. */
  #freeAtMs = 0
  #timer: NodeJS.Timeout | undefined
  #isReceiverFull = false
  #isLost = false
  #isPumping = false

  constructor(parts: OneWayParts) {
    this.#parts = parts
    const { from, to } = parts
    from.on('data', (data) => this.#arrive(data))
    from.on('end', () => this.#arrive('fin'))
    // Whatever the error is, that side is gone; the other side learns it as it would without a proxy.
    from.on('error', () => this.#arrive('rst'))
    to.on('drain', () => {
      this.#isReceiverFull = false
      this.pump()
    })
    to.on('close', () => this.lose())
  }

  /** Whether nothing comes through any more to a receiver that still waits for it. */
  get isSilent(): boolean {
    return this.#isLost && !this.#parts.to.destroyed
  }

  /** From now on everything vanishes, what is under way included. */
  lose(): void {
    this.#isLost = true
    this.pump()
  }

  /** The network has become another one: what waits, waits by its rules. */
  update(): void {
    this.#freeAtMs = 0
    this.pump()
  }

  /** Sends on what may leave now. */
  pump(): void {
    // `passes` may heal the network, which pumps: the loop that is running sees to it.
    if (this.#isPumping) return
    this.#isPumping = true
    clearTimeout(this.#timer)
    while (this.#step());
    this.#isPumping = false
    const { from } = this.#parts
    if (this.#heldBytes >= windowBytes) from.pause()
    else if (from.isPaused()) from.resume()
  }

  #arrive(what: Parcel['what']): void {
    this.#queue.push({ what, arrivedAtMs: performance.now() })
    if (typeof what !== 'string') this.#heldBytes += what.length
    this.pump()
  }

  #step(): boolean {
    const { direction, network } = this.#parts
    const first = this.#queue[0]
    if (first === undefined && this.#rest === undefined) return false
    if (this.#isLost || network.swallowed.has(direction)) return this.#swallow()
    if (network.isFrozen || this.#isReceiverFull) return false
    const dueAtMs = this.#rest === undefined && first !== undefined ? first.arrivedAtMs + network.delayMs : 0
    const waitMs = Math.max(dueAtMs, this.#freeAtMs) - performance.now()
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.pump(), Math.ceil(waitMs))
      return false
    }
    const bytes = this.#rest ?? this.#take()
    if (bytes !== undefined) this.#send(bytes)
    return true
  }

  #swallow(): false {
    this.#isLost = true
    this.#queue.length = 0
    this.#rest = undefined
    this.#heldBytes = 0
    return false
  }

  /** Takes the first parcel out of the queue; gives its bytes if they are to be sent. */
  #take(): Buffer | undefined {
    const { to, passes, reset } = this.#parts
    const what = this.#queue.shift()?.what
    if (what === 'fin') to.end()
    else if (what === 'rst') reset()
    else if (what !== undefined) {
      if (passes(what)) return what
      this.#heldBytes -= what.length
    }
    return undefined
  }

  #send(bytes: Buffer): void {
    const { to, network } = this.#parts
    const rate = network.bytesPerSecond
    const slice = bytes.subarray(0, Math.max(1, Math.floor((rate * sliceMs) / 1000)))
    this.#rest = slice.length < bytes.length ? bytes.subarray(slice.length) : undefined
    this.#heldBytes -= slice.length
    // Timers are late; up to one slice of lateness is made up for, so that the rate is the one asked for.
    const startMs = Math.max(this.#freeAtMs, performance.now() - sliceMs)
    this.#freeAtMs = startMs + (slice.length * 1000) / rate
    this.#isReceiverFull = !to.write(slice)
  }
}
