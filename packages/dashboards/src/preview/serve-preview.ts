import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { dashboardPage, indexPage } from './html.ts'

/** Options of {@link servePreview}. */
export interface PreviewOptions {
  /** Folders with dashboards: their names in addresses, and where they are. */
  readonly folders: Readonly<Record<string, string>>
  /** Address of Prometheus. */
  readonly prometheus: URL
  /** 0 takes a free one. */
  readonly port: number
}

/** A preview that is being served. */
export interface Preview extends AsyncDisposable {
  readonly url: string
  /** Addresses of all dashboards, without the origin: `en/batchflow`. */
  readonly dashboards: readonly string[]
}

/** Serves pages that draw dashboards, on the loopback address only: it passes queries on to Prometheus. */
export async function servePreview(options: PreviewOptions): Promise<Preview> {
  const files = dashboardFiles(options.folders)
  const script = await bundle()
  const style = readFileSync(createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'), 'utf8')
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) send(response, 502, 'application/json', failure(error))
      else response.destroy()
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://preview')
    // A name that a browser was tricked into resolving to this machine is not ours.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ''))
      return send(response, 403, 'text/plain', 'wrong host')
    if (request.method !== 'GET') return send(response, 405, 'text/plain', 'GET only')
    if (url.pathname === '/') return send(response, 200, 'text/html', indexPage([...files.keys()]))
    if (url.pathname === '/page.js') return send(response, 200, 'text/javascript', script)
    if (url.pathname.startsWith('/d/')) return send(response, 200, 'text/html', dashboardPage(style))
    const file = files.get(url.pathname.replace(/^\/dashboards\/(.*)\.json$/, '$1'))
    if (file !== undefined) return send(response, 200, 'application/json', readFileSync(file, 'utf8'))
    if (/^\/api\/v1\/(query|query_range|label\/\w+\/values)$/.test(url.pathname)) return passOn(url, response)
    return send(response, 404, 'text/plain', 'not here')
  }

  async function passOn(url: URL, response: ServerResponse): Promise<void> {
    const target = new URL(
      `${options.prometheus.pathname.replace(/\/$/, '')}${url.pathname}${url.search}`,
      options.prometheus,
    )
    const answered = await fetch(target)
    send(response, answered.status, 'application/json', await answered.text())
  }

  await once(server.listen(options.port, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    dashboards: [...files.keys()],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
    .end(body)
}

/** In the form of Prometheus' own errors, which the page understands. */
function failure(error: unknown): string {
  const text = error instanceof Object && 'message' in error ? String(error.message) : String(error)
  return JSON.stringify({ status: 'error', error: `Prometheus does not answer: ${text}` })
}

/** Paths by address. Only these are served. */
function dashboardFiles(folders: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const entries = Object.entries(folders).flatMap(([name, folder]) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file): [string, string] => [`${name}/${file.slice(0, -'.json'.length)}`, join(folder, file)]),
  )
  return new Map(entries)
}

/** The page's script, from the sources or from what the compiler made of them. */
async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL(`./page/main${extname(import.meta.url)}`, import.meta.url))
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2023',
    minify: true,
    write: false,
    logLevel: 'silent',
  })
  return result.outputFiles[0]?.text ?? ''
}
