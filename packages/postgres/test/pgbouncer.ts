// PgBouncer in front of the server of the tests, pooling by transaction.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { url } from './database.ts'
import { freePort } from './free-port.ts'

const unpacked = fileURLToPath(new URL('../../../.tools/pgbouncer/start', import.meta.url))

/** `npm test` says where it is. */
const program = [process.env['PGBOUNCER'], unpacked, 'pgbouncer'].find(
  (path) => path && (path === 'pgbouncer' || existsSync(path)) && spawnSync(path, ['--version']).status === 0,
)

/** PgBouncer is on this machine. */
export const hasPgBouncer: boolean = program !== undefined

export interface PgBouncer extends AsyncDisposable {
  /** Of a database of the server, through PgBouncer. */
  urlOf(database: string): string
}

/** Starts it with so many connections to the server, on a free port and with its files in a temporary folder. */
export async function startPgBouncer(poolSize: number): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'batchflow-pgbouncer-'))
  const server = new URL(url)
  const port = await freePort()
  const user = decodeURIComponent(server.username)
  const password = decodeURIComponent(server.password)
  await writeFile(join(folder, 'users'), `"${user}" "${password}"\n`, { mode: 0o644 })
  const settings = [
    '[databases]',
    `* = host=${server.hostname} port=${server.port || 5432}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${join(folder, 'users')}`,
    'pool_mode = transaction',
    `default_pool_size = ${poolSize}`,
    // A server that went down is tried again at once.
    'server_login_retry = 0',
  ]
  await writeFile(join(folder, 'pgbouncer.ini'), `${settings.join('\n')}\n`, { mode: 0o644 })
  // It refuses to run as root, and changes to another user when asked to; the folder is for that one to enter.
  const isRoot = process.getuid?.() === 0
  if (isRoot) spawnSync('chmod', ['755', folder])
  const child = spawn(
    program ?? 'pgbouncer',
    [...(isRoot ? ['-u', 'postgres'] : []), '-q', join(folder, 'pgbouncer.ini')],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const log: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk))
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  const urlOf = (database: string) => {
    const through = new URL(url)
    through.hostname = '127.0.0.1'
    through.port = String(port)
    through.pathname = `/${database}`
    return through.href
  }
  await answering(child, urlOf('postgres'), log)
  return {
    urlOf,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

/** Until it lets us in. */
async function answering(
  child: ChildProcess,
  connectionString: string,
  log: readonly Buffer[],
): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (child.exitCode !== null) throw new Error(Buffer.concat(log).toString(), { cause: error })
      await sleep(10)
    }
  }
}
