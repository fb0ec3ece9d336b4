import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { until } from '../support/until.ts'

/** A server of a test: on a free port of the loopback address, with a folder that goes away with it. */
export interface LiveServer extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly folder: string
}

/** Starts Prometheus with a configuration and files beside it. */
export async function startPrometheus(
  program: string,
  config: object,
  files: ReadonlyMap<string, string>,
): Promise<LiveServer> {
  const folder = folderWith(new Map([...files, ['prometheus.yml', stringify(config, { lineWidth: 0 })]]))
  return await start(program, folder, '/-/ready', (port) => [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ])
}

/** Starts Alertmanager, alone. */
export async function startAlertmanager(program: string, config: object): Promise<LiveServer> {
  const folder = folderWith(new Map([['alertmanager.yml', stringify(config, { lineWidth: 0 })]]))
  return await start(program, folder, '/-/ready', (port) => [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    '--log.level=error',
  ])
}

/** Starts the alert bridge as people start it. */
export async function startBridge(
  command: string,
  port: number,
  config: object,
  secrets: ReadonlyMap<string, string>,
): Promise<LiveServer> {
  const folder = folderWith(new Map([...secrets, ['bridge.json', JSON.stringify(config)]]))
  return await started({
    program: process.execPath,
    args: [command, '--config', join(folder, 'bridge.json')],
    folder,
    port,
    ready: '/healthz',
  })
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

function folderWith(files: ReadonlyMap<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'batchflow-live-'))
  for (const [name, content] of files) writeFileSync(join(folder, name), content)
  return folder
}

async function start(
  program: string,
  folder: string,
  ready: string,
  argsOf: (port: number) => string[],
): Promise<LiveServer> {
  const port = await freePort()
  return await started({ program, args: argsOf(port), folder, port, ready })
}

interface Starting {
  readonly program: string
  readonly args: readonly string[]
  readonly folder: string
  readonly port: number
  /** A path that is answered with 200 when it is ready. */
  readonly ready: string
}

async function started({ program, args, folder, port, ready }: Starting): Promise<LiveServer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = `${output}${chunk.toString()}`.slice(-4_000)
    })
  const url = `http://127.0.0.1:${port}`
  try {
    await until(`${program} answering`, async () => {
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${output}`)
      return await answers(`${url}${ready}`)
    })
  } catch (error) {
    await end(child, folder)
    throw error
  }
  return { url, host: `127.0.0.1:${port}`, folder, [Symbol.asyncDispose]: () => end(child, folder) }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    // Not listening yet.
    return false
  }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }
  rmSync(folder, { recursive: true, force: true })
}
