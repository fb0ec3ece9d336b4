import { createServer, request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { servePreview, type Preview } from '../../src/preview/serve-preview.ts'
import { committed } from '../support/tools.ts'

describe('the preview', () => {
  let preview: Preview
  const asked: string[] = []
  const prometheus = createServer((incoming, response) => {
    asked.push(incoming.url ?? '')
    response.end('{"status":"success","data":[]}')
  })

  beforeAll(async () => {
    await once(prometheus.listen(0, '127.0.0.1'), 'listening')
    const { port } = prometheus.address() as AddressInfo
    preview = await servePreview({
      folders: { en: join(committed, 'grafana', 'en') },
      prometheus: new URL(`http://127.0.0.1:${port}/prefix/`),
      port: 0,
    })
  })

  afterAll(async () => {
    await preview[Symbol.asyncDispose]()
    prometheus.closeAllConnections()
    await once(prometheus.close(), 'close')
  })

  test('lists dashboards, and says that it is a preview', async () => {
    const page = await (await fetch(preview.url)).text()
    expect(page).toContain('<a href="/d/en/batchflow">')
    expect(page).toContain('Preview, not Grafana')
    expect(preview.dashboards).toContain('en/batchflow')
  })

  test('serves a page with a script for each dashboard, and the dashboard', async () => {
    expect(await (await fetch(`${preview.url}/d/en/batchflow`)).text()).toContain('/page.js')
    expect((await (await fetch(`${preview.url}/page.js`)).text()).length).toBeGreaterThan(10_000)
    expect(await (await fetch(`${preview.url}/dashboards/en/batchflow.json`)).json()).toMatchObject({
      uid: 'batchflow',
    })
  })

  test('passes queries on to Prometheus, whose address may have a path', async () => {
    await fetch(`${preview.url}/api/v1/query?query=up`)
    await fetch(`${preview.url}/api/v1/label/job/values`)
    expect(asked.slice(-2)).toEqual(['/prefix/api/v1/query?query=up', '/prefix/api/v1/label/job/values'])
  })

  test.each([
    '/api/v1/admin/tsdb/delete_series',
    '/dashboards/../../package.json',
    '/dashboards/en/none.json',
    '/etc/passwd',
  ])('has nothing at %s', async (path) => {
    const before = asked.length
    expect((await ask(path, {})).status).toBe(404)
    expect(asked).toHaveLength(before)
  })

  test('answers only to names of this machine, and only to GET', async () => {
    expect((await ask('/', { host: 'evil.example' })).status).toBe(403)
    expect((await fetch(preview.url, { method: 'POST' })).status).toBe(405)
  })

  /** Without a client that tidies up the path. */
  async function ask(path: string, headers: Record<string, string>): Promise<{ status: number | undefined }> {
    const { port } = new URL(preview.url)
    const sent = request({ host: '127.0.0.1', port, path, headers }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    response.resume()
    return { status: response.statusCode }
  }
})

test('says so when Prometheus does not answer', async () => {
  await using preview = await servePreview({
    folders: {},
    prometheus: new URL('http://127.0.0.1:1'),
    port: 0,
  })
  const response = await fetch(`${preview.url}/api/v1/query?query=up`)
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({
    status: 'error',
    error: expect.stringContaining('does not answer'),
  })
})
