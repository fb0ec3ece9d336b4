import type { RedisSocket } from './ioredis.ts'

/** Hands pieces to a socket, as one where it can. */
export function writeChunks(socket: RedisSocket, chunks: readonly Buffer[]): void {
  if (chunks.length > 1) socket.cork()
  for (const chunk of chunks) socket.write(chunk)
  if (chunks.length > 1) socket.uncork()
}
