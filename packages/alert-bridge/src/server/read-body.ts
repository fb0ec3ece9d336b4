import type { IncomingMessage } from 'node:http'

/** What came of reading a request's body: all of it, or the knowledge that it is larger than allowed. */
export type Body = Buffer | 'too large'

/** Times the limit that are read, and thrown away, for the sake of a sender that could not take an answer before it has
 * sent everything. */
const patience = 4

/** Reads a body, keeping at most `maxBytes`; with 0 it is only read past, which leaves the sender ready for its answer.
 * Rejects with Node's error when the sender breaks off. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
    if (bytes > maxBytes * patience + 2 ** 20) break
  }
  return bytes > maxBytes ? 'too large' : Buffer.concat(chunks, bytes)
}
