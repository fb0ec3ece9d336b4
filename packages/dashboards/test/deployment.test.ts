import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { dashboards } from '../src/dashboards/index.ts'
import { operatorAlerts } from '../src/rules/groups.ts'
import { committed, root, runTool, temporaryFolder } from './support/tools.ts'

interface Service {
  readonly image?: string
  readonly command?: string | readonly string[]
  readonly environment?: Record<string, string>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
}
interface Compose {
  readonly services: Record<string, Service>
}

const read = (path: string): string => readFileSync(join(committed, path), 'utf8')
const compose = parse(read('compose.yml')) as Compose
const productionCompose = parse(read('compose.production.yml'), { merge: true }) as Compose

describe('compose files', () => {
  const services = [...Object.entries(compose.services), ...Object.entries(productionCompose.services)]

  test('pin every image to a version', () => {
    const images = services.flatMap(([, { image }]) => image ?? [])
    expect(images.length).toBeGreaterThan(7)
    expect(images.filter((image) => !/:v?\d+\.\d+(\.\d+)?/.test(image))).toEqual([])
  })

  test('have no password in them', () => {
    const variables = services.flatMap(([, { environment = {} }]) => Object.entries(environment))
    const secret = variables.filter(([name]) => /PASS|SECRET|TOKEN/.test(name))
    expect(secret.length).toBeGreaterThan(2)
    expect(
      secret.filter(([name, value]) => !name.endsWith('_FILE') || !value.startsWith('/run/secrets/')),
    ).toEqual([])
  })

  test('mount what is in this folder', () => {
    const mounted = services
      .flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''))
      .filter((path) => path.startsWith('./') && !path.startsWith('./secrets'))
      .map((path) => path.replace(/\$\{GRAFANA_LANGUAGE$/, 'en'))
    expect(mounted.length).toBeGreaterThan(3)
    expect(mounted.filter((path) => !existsSync(join(committed, path)))).toEqual([])
  })

  test('publish ports on this machine only', () => {
    const ports = services.flatMap(([, { ports: published = [] }]) => published)
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })

  test('keep data for 30 days and 10 GB, in the units of systemd too', () => {
    for (const text of [
      read('compose.yml'),
      read('compose.production.yml'),
      read('systemd/prometheus.service'),
    ]) {
      expect(text).toContain('--storage.tsdb.retention.time=30d')
      expect(text).toContain('--storage.tsdb.retention.size=10GB')
    }
  })

  test('run two replicas of Prometheus in production, with limits', () => {
    const prometheus = Object.entries(productionCompose.services).filter(([name]) =>
      name.startsWith('prometheus'),
    )
    expect(prometheus).toHaveLength(2)
    expect(prometheus).toEqual(
      prometheus.map(([name]) => [name, expect.objectContaining({ deploy: expect.anything() })]),
    )
  })
})

test('bridge.json is a configuration that the bridge takes', () => {
  using folder = temporaryFolder()
  const text = read('alertmanager/bridge.json').replaceAll('/etc/alert-bridge/secrets', folder.path)
  for (const [, name = ''] of text.matchAll(/([\w-]+-(?:token|secret|key))"/g))
    folder.write(name, `${name}-0123456789`)
  const command = join(root, 'packages', 'alert-bridge', 'bin', 'batchflow-alert-bridge.mjs')
  const args = [command, '--config', folder.write('bridge.json', text), '--check-config']
  expect(runTool(process.execPath, args)).toMatchObject({ status: 0 })
})

describe('provisioning', () => {
  test('gives Grafana the interval of the scrapes', () => {
    const source = parse(read('provisioning/datasources/prometheus.yml')) as {
      datasources: [{ jsonData: { timeInterval: string } }]
    }
    const prometheus = parse(read('prometheus/prometheus.yml')) as { global: { scrape_interval: string } }
    expect(source.datasources[0].jsonData.timeInterval).toBe(prometheus.global.scrape_interval)
  })

  test('has every alert of the operator, all of them paused', () => {
    const { groups } = parse(read('provisioning/alerting/batchflow.yml')) as {
      groups: [{ rules: { uid: string; title: string; isPaused: boolean }[] }]
    }
    const [{ rules }] = groups
    expect(rules).toHaveLength(operatorAlerts.length)
    expect(rules.filter(({ isPaused }) => !isPaused)).toEqual([])
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length)
    expect(new Set(rules.map(({ title }) => title)).size).toBe(rules.length)
  })
})

describe('prometheus.yml', () => {
  const { scrape_configs } = parse(read('prometheus/prometheus.yml')) as {
    scrape_configs: { job_name: string; params?: unknown; file_sd_configs?: [{ files: string[] }] }[]
  }

  test('scrapes two jobs of one page: BatchFlow, and BatchSQL by its profile', () => {
    expect(scrape_configs.find(({ job_name }) => job_name === 'batchflow')?.params).toBeUndefined()
    expect(scrape_configs.find(({ job_name }) => job_name === 'batchsql')?.params).toEqual({
      profile: ['batchsql'],
    })
  })

  test('finds its targets in files that are there; the example has three environments on three ports', () => {
    const files = scrape_configs.flatMap(({ file_sd_configs = [] }) =>
      file_sd_configs.flatMap((sd) => sd.files),
    )
    expect(files.filter((file) => !existsSync(join(committed, 'prometheus', file)))).toEqual([])
    const example = parse(read('prometheus/examples/three-environments.yml')) as {
      targets: string[]
      labels: { env: string }
    }[]
    expect(example.map(({ labels }) => labels.env)).toEqual(['production', 'staging', 'development'])
    expect(new Set(example.flatMap(({ targets }) => targets)).size).toBe(3)
  })
})

describe('import.sh', () => {
  test('sends each dashboard in the envelope that the API wants, with the token', async () => {
    await using grafana = await fakeGrafana(200)
    const { code, output } = await importInto(grafana.url, 'zh-CN')
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(grafana.requests.map(({ body }) => body.dashboard.uid).sort()).toEqual(
      dashboards.map(({ uid }) => uid).sort(),
    )
    for (const { path, authorization, body } of grafana.requests) {
      expect({ path, authorization }).toEqual({
        path: '/api/dashboards/db',
        authorization: 'Bearer secret-token',
      })
      expect(body).toMatchObject({ overwrite: true, dashboard: { id: null } })
    }
    expect(output).not.toContain('secret-token')
  })

  test('fails when Grafana refuses', async () => {
    await using grafana = await fakeGrafana(401)
    expect((await importInto(grafana.url, 'en')).code).not.toBe(0)
    expect(grafana.requests).toHaveLength(1)
  })
})

interface ImportRequest {
  readonly path: string | undefined
  readonly authorization: string | undefined
  readonly body: {
    readonly overwrite: boolean
    readonly dashboard: { readonly uid: string; readonly id: null }
  }
}

async function fakeGrafana(status: number) {
  const requests: ImportRequest[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests.push({
        path: request.url,
        authorization: request.headers.authorization,
        body: JSON.parse(Buffer.concat(chunks).toString()) as ImportRequest['body'],
      })
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

async function importInto(url: string, language: string) {
  const child = spawn('sh', [join(committed, 'import.sh'), url, language], {
    env: { ...process.env, GRAFANA_TOKEN: 'secret-token' },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}
