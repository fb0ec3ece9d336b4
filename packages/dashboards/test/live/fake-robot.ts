import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A stand-in for the robots of DingTalk and WeCom. DingTalk's checks signatures. */
export interface FakeRobot extends AsyncDisposable {
  readonly host: string
  /** Texts of messages that were taken. */
  readonly texts: readonly string[]
  /** Messages that were refused: because of their signature, and because there were too many. */
  readonly refused: { signature: number; rate: number }
}

/** Starts it. The first well-signed message of each robot is answered with "too many". */
export async function startRobot(secret: string): Promise<FakeRobot> {
  const texts: string[] = []
  const refused = { signature: 0, rate: 0 }
  const seen = new Set<string>()
  const server = createServer((request, response) => {
    read(request).then(
      (body) =>
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify(answer(request.url ?? '', body))),
      () => response.destroy(),
    )
  })

  function answer(path: string, body: { markdown?: { text?: string; content?: string } }): object {
    const url = new URL(path, 'http://robot')
    const dingtalk = url.searchParams.has('access_token')
    if (dingtalk && !isSigned(url, secret)) {
      refused.signature++
      return { errcode: 310_000, errmsg: 'sign not match' }
    }
    if (!seen.has(url.pathname)) {
      seen.add(url.pathname)
      refused.rate++
      return { errcode: dingtalk ? 130_101 : 45_009, errmsg: 'too many messages' }
    }
    texts.push(body.markdown?.text ?? body.markdown?.content ?? '')
    return { errcode: 0, errmsg: 'ok' }
  }

  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    texts,
    refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

/** As https://open.dingtalk.com/document/robots/customize-robot-security-settings has it. */
function isSigned(url: URL, secret: string): boolean {
  const timestamp = url.searchParams.get('timestamp') ?? ''
  const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
  return Math.abs(Date.now() - Number(timestamp)) < 3_600_000 && url.searchParams.get('sign') === sign
}

async function read(request: IncomingMessage): Promise<{ markdown?: { text?: string; content?: string } }> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString()) as { markdown?: { text?: string; content?: string } }
}
