// A PostgreSQL server of the test's own, for tests that kill it: on a free port, with its data in a temporary folder.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

export interface OwnServer {
  readonly url: string
  /** `pg_ctl start`, which waits until the server takes connections. */
  start(): Promise<void>
  /** `pg_ctl stop -m fast`: sessions are ended with 57P01. */
  stop(): Promise<void>
  /** Sends a signal to the postmaster and to all of its processes, as if the machine did it. */
  signal(signal: NodeJS.Signals): Promise<void>
  /** Sets the largest file, in bytes, that new sessions can write; Infinity: as large as they like, in all sessions. */
  limitFiles(bytes: number): Promise<void>
  /** Stops it and removes its data. */
  remove(): Promise<void>
}

const run = promisify(execFile)

/** Where Debian has them when they are not on PATH. */
function findBinaries(): string | undefined {
  const { stdout } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' })
  const folders = [
    stdout?.trim(),
    ...[17, 16, 15, 14, 13].map((version) => `/usr/lib/postgresql/${version}/bin`),
  ]
  return folders.find((folder) => folder && existsSync(join(folder, 'initdb')))
}

const binaries = findBinaries()

/** The programs of a server are on this machine. */
export const canStartServer: boolean = binaries !== undefined

/** PostgreSQL refuses to run as root. */
const isRoot = process.getuid?.() === 0

async function asOwner(command: string, args: readonly string[]): Promise<void> {
  if (isRoot) await run('runuser', ['-u', 'postgres', '--', command, ...args], { cwd: tmpdir() })
  else await run(command, args)
}

/** Sets up and starts a server. Without fsync: what is killed are processes, not the machine. */
export async function startOwnServer(settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> {
  const home = await mkdtemp(join(tmpdir(), 'batchflow-postgres-'))
  // For the user that the server runs as.
  await chmod(home, 0o777)
  const data = join(home, 'data')
  const program = (name: string) => join(binaries ?? '', name)
  await asOwner(program('initdb'), [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ])
  const port = await freePort()
  const options = { fsync: 'off', unix_socket_directories: home, listen_addresses: '127.0.0.1', ...settings }
  const flags = Object.entries(options).map(([name, value]) => `-c ${name}=${value}`)
  const control = async (...args: string[]) =>
    await asOwner(program('pg_ctl'), ['-D', data, '-w', '-t', '60', ...args])
  const postmaster = async () => Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0])

  const server: OwnServer = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async start() {
      const log = join(home, 'log')
      await control('-l', log, '-o', [`-p ${port}`, ...flags].join(' '), 'start').catch(
        async (error: unknown) => {
          throw new Error(await readFile(log, 'utf8'), { cause: error })
        },
      )
    },
    stop: async () => await control('-m', 'fast', 'stop'),
    async signal(signal) {
      const processes = await family(await postmaster())
      for (const pid of processes) sendTo(pid, signal)
      if (signal !== 'SIGKILL') return
      await Promise.all(processes.map(ended))
      // To the next postmaster a process that nobody has buried looks alive.
      await rm(join(data, 'postmaster.pid'))
      await rm(join(home, `.s.PGSQL.${port}.lock`))
    },
    async limitFiles(bytes) {
      const limit = bytes === Infinity ? 'unlimited' : String(bytes)
      const parent = await postmaster()
      const processes = bytes === Infinity ? await family(parent) : [parent]
      // The soft limit: its owner can lift it again.
      for (const pid of processes) await asOwner('prlimit', ['--pid', String(pid), `--fsize=${limit}:`])
    },
    async remove() {
      await control('-m', 'immediate', 'stop').catch((error: unknown) => {
        // A test has killed it and left it so.
        if (!String((error as { readonly stderr?: unknown }).stderr).includes('not')) throw error
      })
      await rm(home, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

/** A process and its children: the postmaster's are all there are. */
async function family(parent: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const children: number[] = []
  for (const pid of pids) if ((await stateOf(pid))[1] === String(parent)) children.push(pid)
  return [parent, ...children]
}

/** State and parent of a process; nothing of one that is gone. */
async function stateOf(pid: number): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // Behind its name, which is in brackets and may have blanks.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Until a process is gone, or waits for nothing but to be buried. */
async function ended(pid: number): Promise<void> {
  while (!['', 'Z', 'X'].includes((await stateOf(pid))[0] ?? '')) await sleep(5)
}

function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It went with its postmaster.
    if ((error as { readonly code?: unknown }).code !== 'ESRCH') throw error
  }
}
