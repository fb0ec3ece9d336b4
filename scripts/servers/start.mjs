/**
 * Starts servers from Debian's packages in the background, each with a data folder of its own under the temporary
 * folder: no cluster, configuration or service of the machine is touched. A database user is let in without a
 * password, from 127.0.0.1 only. No durability: the data is for tests.
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  accessSync,
  chownSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const root = process.getuid?.() === 0

export async function startPostgres(url, install) {
  const initdb = await program('initdb', install)
  // PostgreSQL refuses to run as root; the package made a user for it.
  const { folder, owner } = dataFolder('postgres')
  const data = join(folder, 'data')
  once(initdb, ['-D', data, '-U', url.username, '-A', 'trust', '--no-sync', '-E', 'UTF8'], owner)
  const settings = {
    listen_addresses: '127.0.0.1',
    port: url.port,
    unix_socket_directories: folder,
    fsync: 'off',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  background(await program('postgres', install), ['-D', data, ...options], { folder, owner })
}

export async function startMysql(url, install) {
  const server = await program('mariadbd', install)
  const { folder, owner } = dataFolder('mysql')
  const data = `--datadir=${join(folder, 'data')}`
  once(
    await program('mariadb-install-db', install),
    ['--no-defaults', data, '--auth-root-authentication-method=normal', '--skip-test-db'],
    owner,
  )
  const setUp = join(folder, 'set-up.sql')
  writeFileSync(setUp, `CREATE DATABASE IF NOT EXISTS \`${url.pathname.slice(1)}\`;\n`)
  const where = ['--bind-address=127.0.0.1', `--port=${url.port}`, `--socket=${join(folder, 'socket')}`]
  background(server, ['--no-defaults', data, ...where, `--init-file=${setUp}`], { folder, owner })
}

export async function startRedis(url, install) {
  const server = await program('redis-server', install)
  const { folder, owner } = dataFolder('redis')
  const settings = [
    '--bind',
    '127.0.0.1',
    '--port',
    url.port,
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ]
  background(server, settings, { folder, owner })
}

/** A program's path, from PATH or from where Debian keeps PostgreSQL's; installs the package if there is none. */
async function program(name, install) {
  const versions = '/usr/lib/postgresql'
  const folders = () => [
    ...process.env.PATH.split(delimiter),
    '/usr/sbin',
    ...entries(versions).map((version) => join(versions, version, 'bin')),
  ]
  const find = () =>
    folders()
      .map((folder) => join(folder, name))
      .find(isExecutable)
  const path = find() ?? (await install(), find())
  if (!path) throw new Error(`${name} is not installed`)
  return path
}

/** A new folder for a server, owned by the user that its package made where we are root. */
function dataFolder(user) {
  const folder = mkdtempSync(join(tmpdir(), `batchflow-${user}-`))
  if (!root) return { folder, owner: {} }
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${user}:`))
  if (!entry) throw new Error(`there is no user ${user}`)
  const [, , uid, gid] = entry.split(':').map(Number)
  chownSync(folder, uid, gid)
  return { folder, owner: { uid, gid } }
}

function once(command, args, owner) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...owner,
    encoding: 'utf8',
    cwd: tmpdir(),
  })
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? `${stderr}${stdout}`.trim()}`)
}

function background(command, args, { folder, owner }) {
  const log = openSync(join(folder, 'log'), 'a')
  spawn(command, args, { ...owner, cwd: folder, detached: true, stdio: ['ignore', log, log] }).unref()
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not for us: the next folder.
    return false
  }
}

function entries(folder) {
  try {
    return readdirSync(folder)
  } catch {
    // No such folder: no PostgreSQL of Debian's.
    return []
  }
}
