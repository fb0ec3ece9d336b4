import type { Socket } from 'node:net'
import { quiet } from './eventually.ts'

/** Writes piece after piece, each when the one before has been taken, and ends the socket after the last. Resolves when
 * nothing more is taken: with the bytes that were. (`writableLength` cannot tell: it counts a write until all of it is
 * taken.) The rest follows when the receiver goes on. */
export async function pour(socket: Socket, bytes: Buffer): Promise<number> {
  const pieceBytes = 64 * 1024
  let taken = 0
  const next = (): void => {
    const piece = bytes.subarray(taken, taken + pieceBytes)
    if (piece.length === 0) {
      socket.end()
      return
    }
    socket.write(piece, (error) => {
      if (error) return
      taken += piece.length
      next()
    })
  }
  next()
  for (let before = -1; before !== taken; await quiet()) before = taken
  return taken
}
