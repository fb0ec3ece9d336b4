import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BridgeError } from '../bridge-error.ts'
import { line, type Answer } from './answer.ts'
import { closerOf } from './close-server.ts'

export interface Address {
  /** Such as `http://127.0.0.1:9095`, without a path. */
  readonly url: string
  readonly port: number
}

export interface ServedBy {
  readonly answer: (request: IncomingMessage) => Promise<Answer>
  readonly countRequest: (code: number) => void
  /** Told of faults of ours, with a text for the log. */
  readonly onFault: (detail: string) => void
  readonly maxConnections: number
}

/** A server that gives one answer to each request, and bounds what a slow or silent client can hold.
 * @throws BridgeError `BRIDGE_CANNOT_LISTEN`; its `cause` is Node's error */
export async function serve(
  { host, port }: { readonly host: string; readonly port: number },
  { answer, countRequest, onFault, maxConnections }: ServedBy,
): Promise<{ readonly address: Address; readonly close: () => Promise<void> }> {
  const server = createServer(
    // A webhook is at most some megabytes from a neighbour.
    { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      answer(request)
        .catch((error: unknown) => faultAnswer(request, error, onFault))
        .then((given) => respond(request, response, given, countRequest))
        .catch(() => response.destroy())
    },
  )
  server.maxConnections = maxConnections
  const close = closerOf(server)
  const { address, family, port: bound } = await listening(server, host, port)
  return {
    address: { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`, port: bound },
    close,
  }
}

function listening(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'the port is in use' : 'the address cannot be used'
      const message = `cannot listen on ${host}:${port}: ${why} (${cause.code ?? 'no code'})`
      reject(new BridgeError('BRIDGE_CANNOT_LISTEN', message, { cause }))
    }
    server.once('error', refuse)
    server.listen({ port, host }, () => {
      server.off('error', refuse)
      // Later ones come from single connections (too many open files); they must not end the process.
      server.on('error', () => {})
      resolve(server.address() as AddressInfo)
    })
  })
}

function faultAnswer(request: IncomingMessage, error: unknown, onFault: (detail: string) => void): Answer {
  // A sender that broke off hears nothing any more, and is no fault of ours.
  if (!request.destroyed) onFault(String(error))
  return line(500, 'a fault of the bridge; see its log')
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, headers }: Answer,
  countRequest: (code: number) => void,
): void {
  if (response.destroyed) return
  countRequest(status)
  const bytes = Buffer.from(body)
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    ...headers,
    'cache-control': 'no-store',
    'content-length': bytes.length,
    // What is left of a body that was not read to its end would be taken for the next request.
    ...(!request.complete && { connection: 'close' }),
  })
  // Node leaves the body out for HEAD.
  response.end(bytes)
}
