import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { SessionRow } from './redis-rows.ts'

/** What one writes by hand to see how fast it can be: commands as one text per batch on a socket, and a count of the lines
 * that come back. No password, no TLS, no reconnection, and no telling which command failed. */
export class RawWriter {
  readonly #socket: Socket
  readonly #waiting: {
    left: number
    readonly resolve: () => void
    readonly reject: (error: Error) => void
  }[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (data: Buffer) => this.#read(data))
  }

  static async open(url: URL): Promise<RawWriter> {
    const socket = connect(Number(url.port || 6379), url.hostname)
    socket.setNoDelay(true)
    await once(socket, 'connect')
    return new RawWriter(socket)
  }

  write(rows: readonly SessionRow[]): Promise<void> {
    let text = ''
    for (const { key, value, ttl } of rows) {
      const seconds = `${ttl}`
      text +=
        `*5\r\n$3\r\nSET\r\n$${Buffer.byteLength(key)}\r\n${key}\r\n$${Buffer.byteLength(value)}\r\n${value}\r\n` +
        `$2\r\nEX\r\n$${seconds.length}\r\n${seconds}\r\n`
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ left: rows.length, resolve, reject })
      this.#socket.write(text)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(data: Buffer): void {
    if (data.includes('-')) this.#waiting[0]?.reject(new Error(data.toString()))
    for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, end + 1)) {
      const first = this.#waiting[0]
      if (first !== undefined && --first.left === 0) this.#waiting.shift()?.resolve()
    }
  }
}
