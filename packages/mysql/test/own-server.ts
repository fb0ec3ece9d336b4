import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'

/** A MariaDB server for one test file, with settings of its own, that can be killed. */
export interface OwnServer extends AsyncDisposable {
  readonly url: string
  /** Starts it after a kill; resolves when it answers. */
  start(): Promise<void>
  /** As a crash: nothing is flushed or said. */
  kill(): Promise<void>
  /** Stops and continues its process. */
  freeze(): void
  thaw(): void
}

/** Starts a server on a free port. `settings` are options of mariadbd, without the dashes. */
export async function startServer(settings: readonly string[] = []): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'batchflow-mariadb-'))
  const owner = ownerOf(folder)
  const data = `--datadir=${join(folder, 'data')}`
  const made = spawnSync(
    'mariadb-install-db',
    ['--no-defaults', data, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { ...owner, cwd: folder, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.stderr}${made.stdout}`)
  const port = await freePort()
  const options = [
    '--no-defaults',
    data,
    `--port=${port}`,
    `--socket=${join(folder, 'socket')}`,
    '--bind-address=127.0.0.1',
    '--innodb-buffer-pool-size=16M',
    '--innodb-log-file-size=8M',
    ...settings.map((setting) => `--${setting}`),
  ]
  const url = `mysql://root@127.0.0.1:${port}/test`
  let server: ChildProcess | undefined
  const start = async () => {
    const started = spawn('mariadbd', options, { ...owner, cwd: folder, stdio: 'ignore' })
    server = started
    await answers(url, started)
  }
  const kill = async () => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    await exited
  }
  await start()
  return {
    url,
    start,
    kill,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The package's own user where we are root: the server refuses to be root's. */
function ownerOf(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('mysql:'))
  const [uid, gid] = (entry ?? '').split(':').slice(2, 4).map(Number)
  if (uid === undefined || gid === undefined) throw new Error('there is no user mysql')
  chownSync(folder, uid, gid)
  return { uid, gid }
}

async function freePort(): Promise<number> {
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { readonly port: number }
  listener.close()
  await once(listener, 'close')
  return port
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    const uri = url.replace(/\/test$/, '/mysql')
    const connection = await mysql.createConnection({ uri }).catch(() => undefined)
    if (connection !== undefined) {
      await connection.query('create database if not exists test')
      await connection.end()
      return
    }
    await sleep(20)
  }
  throw new Error(`mariadbd ended with ${server.exitCode}`)
}
