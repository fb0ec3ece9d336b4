import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BatchFlowError, describeValue } from '@batchflow/core'
import { bearerTokenCheck } from './bearer-token.ts'
import { checkedOptions } from '../options/checked-options.ts'
import { closerOf } from './close-server.ts'
import { acceptsGzip, compress } from './compress.ts'
import { invalidOption } from '../options/invalid-option.ts'
import { answerTo, type MetricsAnswer } from './metrics-answer.ts'
import type { Profile } from '../page/profile.ts'

/** Options of {@link PrometheusReporter.listen}. */
export interface ListenOptions {
  /** From 0 to 65535; 0 takes a free one. */
  readonly port: number
  /** Address to listen on. Metrics name tables and databases: think before opening them to a network.
   * @defaultValue '127.0.0.1' */
  readonly host?: string
  /** When given, `/metrics` and `/openmetrics` want `Authorization: Bearer <token>`. */
  readonly token?: string
}

/** A server of `/metrics`, `/openmetrics` and `/healthz`. It keeps the process alive until it is closed. */
export interface MetricsServer extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:2112`, without a path. */
  readonly url: string
  /** The port it listens on: the one that was free, when 0 was asked for. */
  readonly port: number
  /** Stops listening, ends idle connections and resolves when the pages under way are out, after a second at the
   * latest. Once: later calls get the same promise. */
  close(): Promise<void>
}

/** What is served. */
export interface MetricsSource {
  readonly contentType: string
  readonly openMetricsContentType: string
  metrics(options?: { readonly profile?: Profile }): Promise<string>
  openMetrics(options?: { readonly profile?: Profile }): Promise<string>
}

/** Serves the pages of `source`.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`; when the address cannot be used, its `cause` is Node's error */
export async function listen(source: MetricsSource, options: ListenOptions): Promise<MetricsServer> {
  const { port, host, token } = checked(options)
  const isAuthorized = token === undefined ? () => true : bearerTokenCheck(token)
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const answer = answerTo({ method, url, authorization: headers.authorization }, isAuthorized)
    const content = contentOf(source, answer)
    const takesGzip = acceptsGzip(headers['accept-encoding'])
    respond(response, content, takesGzip).catch(() => response.destroy())
  })
  const close = closerOf(server)
  const address = await bound(server, port, host)
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    port: address.port,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function checked(options: ListenOptions): { port: number; host: string; token: string | undefined } {
  const { port, host = '127.0.0.1', token } = checkedOptions(options, ['port', 'host', 'token'])
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalidOption('port', 'an integer from 0 to 65535', describeValue(port))
  }
  if (typeof host !== 'string' || host === '')
    throw invalidOption('host', 'a host name or address', describeValue(host))
  if (token !== undefined && (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))) {
    // What was given stays out of the message: it may be most of a secret.
    const got = token === '' ? 'an empty string' : 'something else'
    throw invalidOption('token', 'printable ASCII without spaces', got)
  }
  return { port, host, token }
}

function bound(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'the port is in use' : 'the address cannot be used'
      const message = `cannot listen on ${host}:${port}: ${why} (${cause.code ?? 'no code'})`
      reject(new BatchFlowError('BATCHFLOW_INVALID_OPTION', message, { cause }))
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

interface Content {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

async function respond(
  response: ServerResponse,
  content: Promise<Content>,
  takesGzip: boolean,
): Promise<void> {
  const { status, body, headers } = await content
  const plain = Buffer.from(body)
  const compressed = takesGzip ? await compress(plain) : undefined
  const bytes = compressed ?? plain
  response.writeHead(status, {
    ...headers,
    ...(compressed === undefined ? {} : { 'content-encoding': 'gzip' }),
    vary: 'accept-encoding',
    'cache-control': 'no-store',
    'content-length': bytes.length,
  })
  // Node leaves the body out for HEAD.
  response.end(bytes)
}

async function contentOf(source: MetricsSource, answer: MetricsAnswer): Promise<Content> {
  const plain = { 'content-type': 'text/plain; charset=utf-8' }
  if (!('page' in answer)) {
    return { status: answer.status, body: `${answer.line}\n`, headers: { ...plain, ...answer.headers } }
  }
  const { format, profile } = answer.page
  const options = profile === undefined ? {} : { profile }
  try {
    return format === 'openmetrics'
      ? {
          status: 200,
          body: await source.openMetrics(options),
          headers: { 'content-type': source.openMetricsContentType },
        }
      : {
          status: 200,
          body: await source.metrics(options),
          headers: { 'content-type': source.contentType },
        }
  } catch {
    // Failing collectors are counted before they come here; whatever does is answered without its details.
    return { status: 500, body: 'the page could not be written\n', headers: plain }
  }
}
