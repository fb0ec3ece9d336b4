import { connect, type Socket } from 'node:net'

/** Where a server listens: a host name, or the folder of a Unix socket. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The code of a cancel request, in place of a protocol version
 * (https://www.postgresql.org/docs/15/protocol-message-formats.html). */
const cancelCode = 80_877_102

/** A server that has not hung up on a cancel request after this time, in milliseconds, is not going to. */
const lingerMs = 1_000

/** Asks the server to cancel what a backend runs, over a connection of its own, as the protocol wants it. No answer ever
 * comes; whether it helped shows on the backend's connection. Returns a function that gives up connecting.
 *
 * It is for the server to hang up, as libpq has it: PgBouncer takes a client that hangs up for one that has changed its
 * mind, and 1.18 dies when it does so while the request is on its way. */
export function cancelRequest(
  { host, port }: Address,
  backend: { readonly processID: number; readonly secretKey: number },
): () => void {
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(cancelCode, 4)
  message.writeInt32BE(backend.processID, 8)
  message.writeInt32BE(backend.secretKey, 12)
  const socket: Socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
  // A server that cannot be reached does not answer the batch either; that is reported there.
  socket.on('error', () => socket.destroy())
  socket.on('connect', () => {
    socket.write(message)
    socket.unref()
  })
  socket.setTimeout(lingerMs, () => socket.destroy())
  // Nothing is read but the end.
  socket.resume()
  return () => {
    if (socket.connecting) socket.destroy()
  }
}
