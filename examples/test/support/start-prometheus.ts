import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const unpacked = fileURLToPath(new URL('../../../.tools/prometheus/usr/bin/prometheus', import.meta.url))

/** The program beside promtool, where the set-up has put them, or the one on the PATH. */
export function findPrometheus(): string | undefined {
  const beside =
    process.env['PROMTOOL'] === undefined ? [] : [join(dirname(process.env['PROMTOOL']), 'prometheus')]
  return [...beside, unpacked, 'prometheus'].find(
    (path) =>
      (path === 'prometheus' || existsSync(path)) &&
      spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0,
  )
}

/** A series of a range query: the value at each step where there is one. */
export interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [time: number, value: string])[]
}

/** A Prometheus of a test. */
export interface Prometheus extends AsyncDisposable {
  /** @throws Error with what Prometheus says, when the expression does not parse */
  range(query: string, from: number, to: number, stepSeconds?: number): Promise<readonly RangeSeries[]>
  labelValues(label: string, match: string, from: number, to: number): Promise<readonly string[]>
  exemplars(query: string, from: number, to: number): Promise<readonly unknown[]>
}

/** Starts one on loopback with a data folder of its own, and waits until it is ready. */
export async function startPrometheus(program: string, config: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'batchflow-prometheus-'))
  const port = await freePort()
  const file = join(folder, 'prometheus.yml')
  await writeFile(file, config)
  const child = spawn(
    program,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  await untilReady(url, child, () => said)
  const api = async (path: string, parameters: Readonly<Record<string, string | number>>) => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(parameters)) query.set(name, String(value))
    const response = await fetch(`${url}/api/v1/${path}?${query.toString()}`)
    const answer = (await response.json()) as { readonly error?: string; readonly data?: unknown }
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.data
  }
  return {
    async range(query, start, end, step = 0.5) {
      const data = await api('query_range', { query, start, end, step })
      return (data as { readonly result: readonly RangeSeries[] }).result
    },
    labelValues: async (label, match, start, end) =>
      (await api(`label/${label}/values`, { 'match[]': match, start, end })) as readonly string[],
    exemplars: async (query, start, end) =>
      (await api('query_exemplars', { query, start, end })) as readonly unknown[],
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(url: string, child: ChildProcess, said: () => string): Promise<void> {
  while (child.exitCode === null) {
    const ready = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return
    await sleep(50)
  }
  throw new Error(`Prometheus did not start: ${said()}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
