import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Time, in milliseconds, that clients have to take their answers while the server closes. */
const graceMs = 1_000

/** A function that closes the server without waiting for clients: `server.close()` alone waits for connections that never
 * send their request, and for those that are kept alive. Later calls get the same promise. */
export function closerOf(server: Server): () => Promise<void> {
  const silent = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.on('request', (request, response) => {
    silent.delete(request.socket)
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections()
    })
  })

  let closed: Promise<void> | undefined
  return () => {
    closed ??= new Promise((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), graceMs)
      server.close(() => {
        clearTimeout(timer)
        resolve()
      })
      for (const socket of silent) socket.destroy()
    })
    return closed
  }
}
