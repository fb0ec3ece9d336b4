import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** The client of a test: what it has heard, and how its connection ended. */
export interface Client extends Disposable {
  readonly socket: Socket
  send(text: string): void
  /** All that has arrived. */
  heard(): string
  /** Resolves once `text` has arrived at the end; rejects when the connection ends before. */
  hears(text: string): Promise<void>
  /** `FIN`, or the code of the error. */
  readonly ending: Promise<string>
}

export async function openClient(address: {
  readonly host?: string
  readonly port: number
}): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', ...address, allowHalfOpen: true, noDelay: true })
  const chunks: Buffer[] = []
  const heard = (): string => Buffer.concat(chunks).toString()
  socket.on('data', (data) => chunks.push(data))
  const ending = new Promise<string>((resolve) => {
    socket.on('end', () => resolve('FIN'))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
  await Promise.race([once(socket, 'connect'), ending])
  return {
    socket,
    ending,
    heard,
    send: (text) => void socket.write(text),
    async hears(text) {
      while (!heard().endsWith(text)) {
        const data = new Promise<void>((resolve) => socket.once('data', () => resolve()))
        const end = await Promise.race([data, ending])
        if (end !== undefined) throw new Error(`ended with ${end} after ${JSON.stringify(heard())}`)
      }
    },
    [Symbol.dispose]() {
      socket.destroy()
    },
  }
}
