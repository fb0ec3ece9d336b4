import { isCluster, type RedisClient, type RedisCluster, type RedisConnection } from './ioredis.ts'
import { Line, type Send } from './line.ts'
import { Readiness } from './readiness.ts'

/** The servers behind a client, and which of them takes what. */
export interface Servers {
  /** Rows have hash slots, and a row's keys have to be of one. */
  readonly isCluster: boolean
  /** The longest to wait for a connection that is being made, in milliseconds; `undefined`: as long as the attempt lasts. */
  readonly patienceMs: number | undefined
  /** It is known which server takes what: `ready` has nothing to wait for. */
  readonly isReady: boolean
  /** Resolves when it is known which server takes what.
   *
   * @throws RedisDriverError `REDIS_NOT_SENT`, `REDIS_CLIENT_ENDED`; what the server says to a wrong password */
  ready(signal: AbortSignal): Promise<void>
  /** The connection for a hash slot, or any for `undefined`. Answers undefined when no server serves it for now. */
  lineOf(slot: number | undefined): Line | undefined
  /** The connection to a server by its address, `host:port`, if there is one. */
  lineAt(address: string): Line | undefined
  /** Which server takes what has changed: the client asks again. Not waited for. */
  refresh(): void
  /** Connections that exist. */
  lines(): readonly Line[]
  /** Lets go of the connections, which stay as they are. */
  release(): void
}

/** The servers behind a client. */
export function serversOf(client: RedisClient, send: Send): Servers {
  return isCluster(client) ? new ClusterServers(client, send) : new SingleServer(client, send)
}

class SingleServer implements Servers {
  readonly isCluster = false
  readonly patienceMs = undefined
  readonly #line: Line

  constructor(connection: RedisConnection, send: Send) {
    this.#line = new Line(connection, send, 'REDIS_CLIENT_ENDED')
  }

  get isReady(): boolean {
    return this.#line.isReady
  }

  async ready(signal: AbortSignal): Promise<void> {
    await this.#line.ready(signal)
  }

  lineOf(): Line {
    return this.#line
  }

  lineAt(): undefined {
    return undefined
  }

  refresh(): void {
    // There is no other server.
  }

  lines(): readonly Line[] {
    return [this.#line]
  }

  release(): void {
    this.#line.release()
  }
}

/** A node that is away must not hold up the rows of the others, which share its batches. */
const nodePatienceMs = 1_000
/** Each time that the client asks it makes a connection for it. */
const refreshIntervalMs = 100

/** The primaries of a cluster. ioredis knows the slots and makes the connections; whatever it would do by itself with a
 * command (follow a redirection, send it again elsewhere) is done here, where it is known which command was answered. */
class ClusterServers implements Servers {
  readonly isCluster = true
  readonly patienceMs = nodePatienceMs
  readonly #cluster: RedisCluster
  readonly #send: Send
  readonly #readiness: Readiness
  readonly #lines = new Map<RedisConnection, Line>()
  /** Those of `#lines` that were asked for; looking one up takes a list of all nodes. */
  readonly #byAddress = new Map<string, Line>()
  #refreshedAt = Number.NEGATIVE_INFINITY

  constructor(cluster: RedisCluster, send: Send) {
    this.#cluster = cluster
    this.#send = send
    this.#readiness = new Readiness(cluster, () => this.isReady, 'REDIS_CLIENT_ENDED')
  }

  get isReady(): boolean {
    return this.#cluster.status === 'ready'
  }

  async ready(signal: AbortSignal): Promise<void> {
    await this.#readiness.reached(signal)
  }

  lineOf(slot: number | undefined): Line | undefined {
    if (slot === undefined) {
      const [any] = this.#cluster.nodes('master')
      return any && this.#lineTo(any)
    }
    const address = this.#cluster.slots[slot]?.[0]
    return address === undefined ? undefined : this.lineAt(address)
  }

  lineAt(address: string): Line | undefined {
    const known = this.#byAddress.get(address)
    if (known !== undefined && known.connection.status !== 'end') return known
    const node = this.#cluster
      .nodes('all')
      .find(({ options: { host, port } }) => `${host}:${port}` === address)
    if (node === undefined) return undefined
    const line = this.#lineTo(node)
    this.#byAddress.set(address, line)
    return line
  }

  refresh(): void {
    const now = performance.now()
    if (now - this.#refreshedAt < refreshIntervalMs) return
    this.#refreshedAt = now
    this.#forgetEnded()
    // That it did not succeed shows with the next command; ioredis tells the client's own listeners.
    this.#cluster.refreshSlotsCache(() => {})
  }

  lines(): readonly Line[] {
    return [...this.#lines.values()]
  }

  release(): void {
    this.#readiness.stop()
    for (const line of this.#lines.values()) line.release()
  }

  #lineTo(node: RedisConnection): Line {
    let line = this.#lines.get(node)
    if (line === undefined) {
      line = new Line(node, this.#send, 'REDIS_NOT_SENT')
      this.#lines.set(node, line)
    }
    return line
  }

  #forgetEnded(): void {
    for (const [node, line] of this.#lines) {
      if (node.status !== 'end' || line.busy > 0) continue
      line.release()
      this.#lines.delete(node)
      for (const [address, its] of this.#byAddress) if (its === line) this.#byAddress.delete(address)
    }
  }
}
