import { type AddressInfo, connect, type Server, Socket } from 'node:net'
import { ArmedFaults, type FaultAction, type RequestFault } from './armed-faults.ts'
import { Connection } from './connection.ts'
import { demand } from './demand.ts'
import type { BlackHoleOptions, FaultProxy, FaultProxyOptions } from './fault-proxy.ts'
import { healthy, type Network } from './network.ts'

/** The longest time that a timer of Node can wait; a longer one would fire at once.
 * Source: https://nodejs.org/docs/latest-v20.x/api/timers.html#settimeoutcallback-delay-args */
const maxTimerMs = 2_147_483_647

/** Switches the faults of one network and meets new connections; what a fault does is up to the {@link Connection}. */
export class TcpFaultProxy implements FaultProxy {
  readonly host: string
  readonly port: number
  readonly #listener: Server
  readonly #target: FaultProxyOptions['target']
  readonly #network: Network = { ...healthy }
  readonly #armed = new ArmedFaults()
  readonly #connections = new Set<Connection>()
  #closing: Promise<void> | undefined

  constructor(listener: Server, target: FaultProxyOptions['target']) {
    // A listener on a port has this kind of address.
    const { address, port } = listener.address() as AddressInfo
    this.host = address
    this.port = port
    this.#listener = listener
    this.#target = target
    listener.on('connection', (client) => this.#meet(client))
    // A connection that could not be accepted is the client's to notice.
    listener.on('error', () => {})
  }

  get connections(): number {
    return [...this.#connections].filter(({ hasClient }) => hasClient).length
  }

  get armed(): number {
    return this.#armed.size
  }

  reset(): void {
    for (const connection of this.#connections) connection.reset()
  }

  fin(): void {
    for (const connection of this.#connections) connection.fin()
  }

  refuse(): void {
    this.#network.entry = 'refuse'
  }

  stallConnect(): void {
    this.#network.entry = 'stall'
  }

  blackHole({ direction = 'both' }: BlackHoleOptions = {}): void {
    this.#change({ swallowed: new Set(direction === 'both' ? ['toServer', 'toClient'] : [direction]) })
  }

  freeze(): void {
    this.#change({ isFrozen: true })
  }

  delay(ms: number): void {
    demand(ms >= 0 && ms <= maxTimerMs, `ms must be a number from 0 to ${maxTimerMs}, got ${ms}`)
    this.#change({ delayMs: ms })
  }

  bandwidth(bytesPerSecond: number): void {
    demand(bytesPerSecond >= 1, `bytesPerSecond must be a number of at least 1, got ${bytesPerSecond}`)
    this.#change({ bytesPerSecond })
  }

  onReply(nth: number, action: FaultAction): void {
    demand(Number.isInteger(nth) && nth >= 1, `nth must be an integer of at least 1, got ${nth}`)
    this.#armed.armReply(nth, action)
  }

  onRequest(match: (data: Buffer) => boolean, fault: RequestFault): void {
    this.#armed.armRequest(match, fault)
  }

  heal(): void {
    Object.assign(this.#network, healthy)
    this.#armed.clear()
    for (const connection of this.#connections) connection.heal()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#listener.close(() => resolve()))
    await Promise.all([...this.#connections].map(async (connection) => await connection.destroy()))
    await stopped
  }

  #change(fault: Partial<Network>): void {
    Object.assign(this.#network, fault)
    for (const connection of this.#connections) connection.update()
  }

  #meet(client: Socket): void {
    const { entry } = this.#network
    if (entry === 'refuse') {
      client.resetAndDestroy()
      return
    }
    const isStalled = entry === 'stall'
    const server = isStalled ? new Socket() : connect({ ...this.#target, allowHalfOpen: true, noDelay: true })
    const connection = new Connection({
      client,
      server,
      network: this.#network,
      armed: this.#armed,
      onClosed: () => void this.#connections.delete(connection),
    })
    if (isStalled) connection.blackHole()
    this.#connections.add(connection)
  }
}
