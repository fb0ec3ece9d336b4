import type { Socket } from 'node:net'
import type { ArmedFaults, FaultAction } from './armed-faults.ts'
import type { Network } from './network.ts'
import { OneWay } from './one-way.ts'

/** What {@link Connection} is made of. */
export interface ConnectionParts {
  readonly client: Socket
  readonly server: Socket
  readonly network: Readonly<Network>
  readonly armed: ArmedFaults
  /** Called when both sockets are closed, for whatever reason. */
  readonly onClosed: () => void
}

/** A client, a server and the two directions between them.
 *
 * Passing -> cut (`reset`, `fin`): both sides are told, nothing passes any more.
 * Passing -> silent (`blackHole`, or bytes were swallowed): no side is told. A silent connection whose client has hung up
 * is kept, as the server of a broken network keeps it, until `heal` or `destroy`. */
export class Connection {
  readonly #client: Socket
  readonly #sockets: readonly [Socket, Socket]
  readonly #closed: Promise<void>
  readonly #directions: readonly [OneWay, OneWay]

  constructor({ client, server, network, armed, onClosed }: ConnectionParts) {
    this.#client = client
    this.#sockets = [client, server]
    this.#closed = this.#whenClosed(onClosed)
    const reset = (): void => this.reset()
    const obey = (action: FaultAction | undefined): boolean => {
      if (action !== undefined) this[action]()
      return action === undefined
    }
    this.#directions = [
      new OneWay({
        direction: 'toServer',
        network,
        from: client,
        to: server,
        passes: (data) => obey(armed.onRequest(this, data)),
        reset,
      }),
      new OneWay({
        direction: 'toClient',
        network,
        from: server,
        to: client,
        passes: () => obey(armed.onReply(this)),
        reset,
      }),
    ]
  }

  /** Whether the client has neither ended nor reset the connection. */
  get hasClient(): boolean {
    return !this.#client.readableEnded && !this.#client.destroyed
  }

  /** RST to both sides. */
  reset(): void {
    for (const socket of this.#sockets) {
      // There is nobody to reset yet; resetAndDestroy would wait for the connection to be made.
      if (socket.pending) socket.destroy()
      else socket.resetAndDestroy()
    }
    this.blackHole()
  }

  /** FIN to both sides, after the bytes that were passed on. */
  fin(): void {
    for (const socket of this.#sockets) socket.end()
    this.blackHole()
  }

  /** Nothing passes any more, and nobody is told. */
  blackHole(): void {
    for (const direction of this.#directions) direction.lose()
  }

  /** The network has become another one. */
  update(): void {
    for (const direction of this.#directions) direction.update()
  }

  /** The network has healed: a server that answers a client long gone learns that it is. */
  heal(): void {
    const isSilent = this.#directions.some((direction) => direction.isSilent)
    if (isSilent && !this.hasClient) this.reset()
    else this.update()
  }

  /** Lets go of both sockets; resolves when they are closed. */
  async destroy(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.blackHole()
    await this.#closed
  }

  async #whenClosed(onClosed: () => void): Promise<void> {
    await Promise.all(this.#sockets.map(closing))
    onClosed()
  }
}

async function closing(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
}
