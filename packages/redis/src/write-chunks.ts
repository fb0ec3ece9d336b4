import type { Message } from './exchange.ts'
import type { RedisSocket } from './ioredis.ts'

/** Hands pieces to a socket, as one where it can. */
export function writeChunks(socket: RedisSocket, chunks: Message['chunks']): void {
  if (chunks.length > 1) socket.cork()
  for (const chunk of chunks) {
    if (typeof chunk === 'string') socket.write(chunk, 'latin1')
    else socket.write(chunk)
  }
  if (chunks.length > 1) socket.uncork()
}
