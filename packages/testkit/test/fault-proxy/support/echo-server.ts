import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A server that sends back what it gets, and remembers it. */
export interface EchoServer extends AsyncDisposable {
  readonly port: number
  /** Every connection so far. */
  readonly sockets: readonly Socket[]
  /** All that has arrived, of all connections. */
  received(): string
  /** How each connection ended: `FIN`, or the code of the error. */
  readonly endings: readonly string[]
}

export async function startEchoServer(): Promise<EchoServer> {
  const sockets: Socket[] = []
  const chunks: Buffer[] = []
  const endings: string[] = []
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.push(socket)
    socket.on('data', (data) => {
      chunks.push(data)
      socket.write(data)
    })
    socket.on('end', () => {
      endings.push('FIN')
      socket.end()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => endings.push(error.code ?? error.message))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    endings,
    received: () => Buffer.concat(chunks).toString(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
