import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A message that the robot was given, whatever it answered. */
export interface GivenMessage {
  readonly path: string
  readonly query: URLSearchParams
  readonly bytes: number
  readonly body: {
    readonly msgtype: string
    readonly markdown: { readonly title?: string; readonly text?: string; readonly content?: string }
    readonly at?: unknown
  }
}

/** How the robot treats a message. `'held'` is answered when the test calls `release`, `'reset'` ends the connection,
 * `'silent'` answers nothing, `'dripping'` sends a byte now and then, a text is sent as it is. */
export type Behaviour =
  | 'ok'
  | 'held'
  | 'reset'
  | 'silent'
  | 'dripping'
  | { readonly errcode: number; readonly errmsg?: string }
  | { readonly status: number; readonly text?: string; readonly headers?: Readonly<Record<string, string>> }

/** A stand-in for DingTalk and WeCom: checks signatures as DingTalk does, and counts messages as both do. */
export class FakeRobot implements AsyncDisposable {
  readonly given: GivenMessage[] = []
  /** What it does next, one for each message; then `usual`. */
  readonly script: Behaviour[] = []
  usual: Behaviour = 'ok'
  /** When set, requests of DingTalk have to be signed with it. */
  secret: string | undefined
  /** Messages that it takes in a minute. */
  maxPerMinute = 20
  /** How often it had to say that there were too many. */
  refusedForRate = 0
  readonly #taken: number[] = []
  #release: () => void = () => {}
  readonly #server = createServer((request, response) => {
    this.#handle(request, response).catch(() => response.destroy())
  })

  static async start(): Promise<FakeRobot> {
    const robot = new FakeRobot()
    await new Promise<void>((resolve) => robot.#server.listen(0, '127.0.0.1', resolve))
    return robot
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Lets it answer the message that it holds. */
  release(): void {
    this.#release()
  }

  /** Resolves when it was given `count` messages. */
  async until(count: number): Promise<void> {
    while (this.given.length < count) await once(this.#server, 'given')
  }

  /** What its messages say, in either service's field. */
  get texts(): readonly string[] {
    return this.given.map(({ body }) => body.markdown.text ?? body.markdown.content ?? '')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const raw = Buffer.concat(chunks)
    const url = new URL(request.url ?? '', 'http://robot')
    const body = JSON.parse(raw.toString()) as GivenMessage['body']
    this.given.push({ path: url.pathname, query: url.searchParams, bytes: raw.length, body })
    this.#server.emit('given')
    const behaviour = this.script.shift() ?? this.usual
    if (behaviour === 'reset') request.socket.resetAndDestroy()
    else if (behaviour === 'dripping') this.#drip(response)
    else if (behaviour === 'held') this.#release = () => this.#answer('ok', url, response)
    else if (behaviour !== 'silent') this.#answer(behaviour, url, response)
  }

  #answer(behaviour: Exclude<Behaviour, string> | 'ok', url: URL, response: ServerResponse): void {
    if (typeof behaviour === 'object' && 'status' in behaviour) {
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.text ?? '')
      return
    }
    const answer = behaviour === 'ok' ? this.#checked(url) : behaviour
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ errmsg: 'ok', ...answer }))
  }

  #checked({ pathname, searchParams }: URL): { errcode: number; errmsg: string } {
    if (pathname.startsWith('/robot/') && this.secret !== undefined && !isSigned(searchParams, this.secret))
      return { errcode: 310000, errmsg: 'sign not match' }
    const now = performance.now()
    const taken = this.#taken.filter((at) => at > now - 60_000)
    if (taken.length >= this.maxPerMinute) {
      this.refusedForRate++
      return { errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' }
    }
    this.#taken.push(now)
    return { errcode: 0, errmsg: 'ok' }
  }

  #drip(response: ServerResponse): void {
    response.writeHead(200)
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  }
}

/** As DingTalk documents it, written anew: by the letters of the document and not by the code that is tested. */
export function isSigned(query: URLSearchParams, secret: string): boolean {
  const timestamp = query.get('timestamp') ?? ''
  const expected = createHmac('sha256', secret).update([timestamp, secret].join('\n')).digest('base64')
  return query.get('sign') === expected && Math.abs(Date.now() - Number(timestamp)) < 3_600_000
}
