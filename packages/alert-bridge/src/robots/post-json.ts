import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { RobotAnswer } from './judge.ts'
import type { RobotRequest } from './robot.ts'

/** Bytes of an answer that are read; a robot's has about 30. */
const maxAnswerBytes = 64 * 2 ** 10

/** Posts a request and resolves with the whole answer. Follows no redirect, and opens a connection each time: one that
 * was kept for a minute may be gone without our knowing, and then nobody can say whether the message was delivered.
 *
 * Rejects with an error whose `code` says what happened: Node's, `ETIMEDOUT` after `timeoutMs`, `ABORT_ERR`, or
 * `EMSGSIZE` for an answer that is none of a robot. */
export function postJson(
  { url, body }: RobotRequest,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<RobotAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const outgoing = send(url, {
      method: 'POST',
      agent: false,
      signal,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
      },
    })
    const end = (code: string) => outgoing.destroy(Object.assign(new Error(code), { code }))
    // For the whole exchange. A timeout of the socket would begin anew with every byte of a slow answer.
    const timer = setTimeout(end, timeoutMs, 'ETIMEDOUT')
    outgoing.on('close', () => clearTimeout(timer))
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = []
      let bytes = 0
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > maxAnswerBytes) end('EMSGSIZE')
        else chunks.push(chunk)
      })
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      )
    })
    outgoing.end(body)
  })
}
