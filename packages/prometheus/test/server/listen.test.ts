import { type IncomingMessage, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { once } from 'node:events'
import { flowMetrics } from '@batchflow/pipeline-metrics'
import { afterEach, expect, test } from '@jest/globals'
import { FlowFixture } from '../support/flow-fixture.ts'
import { reporterOf } from '../support/reporter.ts'
import type { MetricsServer } from '../../src/server/listen.ts'
import { Gauge, Registry } from 'prom-client'

const servers: MetricsServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function serve(options: { readonly token?: string; readonly registry?: Registry } = {}) {
  const { token, registry } = options
  const reporter = reporterOf(registry === undefined ? {} : { registry })
  const server = await reporter.listen({ port: 0, ...(token === undefined ? {} : { token }) })
  servers.push(server)
  return server
}

test('a free port is taken on the loopback address, and told', async () => {
  const { url, port } = await serve()
  expect(port).toBeGreaterThan(0)
  expect(url).toBe(`http://127.0.0.1:${port}`)
})

test('the page is served uncached, with the content type of Prometheus', async () => {
  const { url } = await serve()
  const response = await fetch(`${url}/metrics`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.text()).toContain('batchflow_metrics_series 2')
})

test('HEAD answers with the length of the page and without the page', async () => {
  const { url } = await serve()
  const response = await fetch(`${url}/metrics`, { method: 'HEAD' })
  expect(response.status).toBe(200)
  expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100)
  expect(await response.text()).toBe('')
})

test.each([
  ['GET', '/healthz', 200, 'ok\n'],
  ['GET', '/', 404, 'not found: try /metrics\n'],
  ['POST', '/other', 404, 'not found: try /metrics\n'],
  ['POST', '/metrics', 405, 'method not allowed\n'],
  ['DELETE', '/healthz', 405, 'method not allowed\n'],
  ['GET', '/metrics?profile=nope', 400, 'profile must be one of batchflow, modern, batchsql, all\n'],
  ['GET', '/metrics?profile=', 400, 'profile must be one of batchflow, modern, batchsql, all\n'],
])('%s %s is answered with %i', async (method, path, status, body) => {
  const { url } = await serve()
  const response = await fetch(url + path, { method })
  expect(response.status).toBe(status)
  expect(await response.text()).toBe(body)
  expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null)
})

test('a page is served in the profile that the request names', async () => {
  const registry = new Registry()
  const { url } = await serve({ registry })
  reporterOf({ registry }).gauge(
    { name: 'x', type: 'gauge', unit: 'x', help: 'x', labels: ['a', 'b'], labelAliases: { b: 'a' } },
    { a: '1' },
    () => 1,
  )
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('x{a="1",b="1"} 1')
  expect(await (await fetch(`${url}/metrics?profile=modern`)).text()).toContain('x{a="1"} 1')
})

test('OpenMetrics has an address of its own, whatever the client accepts', async () => {
  const { url } = await serve()
  const headers = { accept: 'application/openmetrics-text' }
  const open = await fetch(`${url}/openmetrics`)
  expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  expect(await open.text()).toMatch(/\n# EOF\n$/)
  const plain = await fetch(`${url}/metrics`, { headers })
  expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect((await fetch(`${url}/openmetrics?profile=nope`)).status).toBe(400)
})

test('the page is compressed for who takes it, and HEAD tells that length', async () => {
  const registry = new Registry()
  const { url } = await serve({ registry })
  flowMetrics(reporterOf({ registry })).flowOpened?.(new FlowFixture())
  const get = async (method: string, encoding: string) => {
    const response = await rawRequest(`${url}/metrics?profile=modern`, method, {
      'accept-encoding': encoding,
    })
    return { ...response, encoding: response.headers['content-encoding'] }
  }
  const [plain, gzip, head] = [
    await get('GET', 'identity'),
    await get('GET', 'gzip'),
    await get('HEAD', 'gzip'),
  ]
  expect([plain.encoding, gzip.encoding, head.encoding]).toEqual([undefined, 'gzip', 'gzip'])
  expect(gunzipSync(gzip.body).toString()).toBe(plain.body.toString())
  expect(gzip.headers['vary']).toBe('accept-encoding')
  expect(head.headers['content-length']).toBe(String(gzip.body.length))
  expect(head.body).toHaveLength(0)
})

/** `fetch` would uncompress the body. */
async function rawRequest(url: string, method: string, headers: Record<string, string>) {
  const request = httpRequest(url, { method, headers }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { headers: response.headers, body: Buffer.concat(chunks) }
}

test('with a token the page needs it, and the health check does not', async () => {
  const { url } = await serve({ token: 's3cret' })
  const status = async (path: string, authorization?: string) => {
    const response = await fetch(
      url + path,
      authorization === undefined ? {} : { headers: { authorization } },
    )
    return [response.status, response.headers.get('www-authenticate')]
  }
  const asked = 'Bearer realm="metrics"'
  expect(await status('/metrics')).toEqual([401, asked])
  expect(await status('/metrics', 'Bearer s3cre')).toEqual([401, asked])
  expect(await status('/metrics', 'Bearer s3cret!')).toEqual([401, asked])
  expect(await status('/metrics', 'Basic s3cret')).toEqual([401, asked])
  expect(await status('/metrics', 'Bearer s3cret')).toEqual([200, null])
  expect(await status('/metrics', 'bearer s3cret')).toEqual([200, null])
  expect(await status('/openmetrics')).toEqual([401, asked])
  expect(await status('/openmetrics', 'Bearer s3cret')).toEqual([200, null])
  expect(await status('/healthz')).toEqual([200, null])
})

test('a port in use is told in one sentence, with the error of Node as its cause', async () => {
  const { port } = await serve()
  await expect(reporterOf().listen({ port })).rejects.toMatchObject({
    code: 'BATCHFLOW_INVALID_OPTION',
    message: `cannot listen on 127.0.0.1:${port}: the port is in use (EADDRINUSE)`,
    cause: { code: 'EADDRINUSE' },
  })
})

test.each([
  [undefined, 'options must be an object, got undefined'],
  [null, 'options must be an object, got null'],
  [2112, 'options must be an object, got 2112'],
  [{}, 'port must be an integer from 0 to 65535, got undefined'],
  [{ port: 0, tls: true }, 'tls is not an option'],
  [{ port: 0, hots: '0.0.0.0' }, 'hots is not an option'],
  [{ port: 0, tokn: 's3cret' }, 'tokn is not an option'],
  [{ port: 0, host: null }, 'host must be a host name or address, got null'],
  [{ port: -1 }, 'port must be an integer from 0 to 65535, got -1'],
  [{ port: 65_536 }, 'port must be an integer from 0 to 65535, got 65536'],
  [{ port: '80' }, 'port must be an integer from 0 to 65535, got "80"'],
  [{ port: 0, host: '' }, 'host must be a host name or address, got ""'],
  [{ port: 0, token: '' }, 'token must be printable ASCII without spaces, got an empty string'],
  [{ port: 0, token: 'a b' }, 'token must be printable ASCII without spaces, got something else'],
])('of the listen options %j it is said: %s', async (options, message) => {
  await expect(reporterOf().listen(options as never)).rejects.toMatchObject({
    code: 'BATCHFLOW_INVALID_OPTION',
    message,
  })
})

test('closing does not wait for a client that is silent or keeps its connection alive', async () => {
  const server = await serve()
  const silent = connect(server.port, '127.0.0.1')
  const unfinished = connect(server.port, '127.0.0.1')
  await Promise.all([once(silent, 'connect'), once(unfinished, 'connect')])
  unfinished.write('GET /metrics HTTP/1.1\r\n')
  const ended = Promise.all([once(silent, 'close'), once(unfinished, 'close')])
  // fetch keeps its connection alive; that the server has answered tells that it knows the other two.
  await (await fetch(`${server.url}/healthz`)).text()
  const start = performance.now()
  await server.close()
  expect(performance.now() - start).toBeLessThan(900)
  await ended
})

test('a page under way is served before the server is closed', async () => {
  const registry = new Registry()
  let release = () => {}
  let begun = () => {}
  const collecting = new Promise<void>((resolve) => (begun = resolve))
  const gate = new Promise<void>((resolve) => (release = resolve))
  const collect = () => {
    begun()
    return gate
  }
  registry.registerMetric(new Gauge({ name: 'slow', help: 'Slow.', registers: [], collect }))
  const server = await serve({ registry })
  const page = fetch(`${server.url}/metrics`)
  await collecting
  const closed = server.close()
  expect(server.close()).toBe(closed)
  release()
  expect(await (await page).text()).toContain('# HELP slow')
  await closed
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
})
