import { Redis } from 'ioredis'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { end } from './redis.ts'

/** A redis-server of the test's own, on a free port, with a temporary folder; it goes away at the end of the test. */
export interface OwnServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  readonly folder: string
  readonly process: ChildProcess
  /** Asked without the client under test. */
  readonly outside: Redis
  /** Ends the process as it is. */
  kill(): Promise<void>
  /** Starts it again on the same port, in the same folder. */
  restart(...options: readonly string[]): Promise<void>
}

export async function startServer(...options: readonly string[]): Promise<OwnServer> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'batchflow-redis-'))
  const launch = (more: readonly string[]) =>
    spawn('redis-server', [...settings(port, folder), ...options, ...more], { stdio: 'ignore' })
  let child = launch([])
  const outside = new Redis(port, '127.0.0.1', {
    enableReadyCheck: false,
    // Else ioredis 5.11 may take a connection that broke for ready.
    disableClientInfo: true,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    disconnectTimeout: 50,
  })
  outside.on('error', () => {})
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  // Not `once` of events, which rejects with the first refused connection.
  await new Promise((resolve) => outside.once('ready', () => resolve(undefined)))
  return {
    port,
    folder,
    url: `redis://127.0.0.1:${port}`,
    get process() {
      return child
    },
    outside,
    kill,
    async restart(...more) {
      child = launch(more)
      await Promise.resolve()
    },
    async [Symbol.asyncDispose]() {
      await end(outside)
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function settings(port: number, folder: string): readonly string[] {
  return [
    ['--port', `${port}`],
    ['--dir', folder],
    ['--save', ''],
    ['--appendonly', 'no'],
    ['--enable-debug-command', 'yes'],
  ].flat()
}

/** A port that is free now, and so is the one of a cluster's bus, 10,000 above. */
export async function freePort(): Promise<number> {
  let found = 0
  await eventually(async () => {
    const port = await listen(0)
    if (port < 55_000 && (await listen(port + 10_000).catch(() => 0)) > 0) found = port
    return found > 0
  })
  return found
}

async function listen(port: number): Promise<number> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as { readonly port: number }
  server.close()
  await once(server, 'close')
  return address.port
}
