/**
 * Finds the servers that integration tests write to, or starts them. For each: the address in the environment if there
 * is one (and then no other), the usual local address, the address at which this script starts them; then docker
 * compose; then Debian's packages. What is started stays up for the next run, with its data in a temporary folder.
 */
import { spawnSync } from 'node:child_process'
import { greetsLikeMysql, greetsLikePostgres, greetsLikeRedis } from './servers/greetings.mjs'
import { startMysql, startPostgres, startRedis } from './servers/start.mjs'
import { run } from './workspace.mjs'

/** `own` has ports of our own: a server of the machine that does not let us in is left alone. */
const servers = [
  {
    name: 'PostgreSQL',
    variable: 'POSTGRES_URL',
    usual: 'postgres://postgres@127.0.0.1:5432/postgres',
    own: 'postgres://postgres@127.0.0.1:25432/postgres',
    service: 'postgres',
    greets: greetsLikePostgres,
    debianPackage: 'postgresql',
    start: startPostgres,
  },
  {
    name: 'MySQL',
    variable: 'MYSQL_URL',
    usual: 'mysql://root@127.0.0.1:3306/test',
    own: 'mysql://root@127.0.0.1:23306/test',
    service: 'mysql',
    greets: greetsLikeMysql,
    debianPackage: 'mariadb-server',
    start: startMysql,
  },
  {
    name: 'Redis',
    variable: 'REDIS_URL',
    usual: 'redis://127.0.0.1:6379',
    own: 'redis://127.0.0.1:26379',
    service: 'redis',
    greets: greetsLikeRedis,
    debianPackage: 'redis-server',
    start: startRedis,
  },
]

/** The variable of each server, undefined if it is not there, and then one sentence about it. */
export async function ensureServers() {
  const env = {}
  const missing = []
  const absent = []
  for (const server of servers) {
    const url = await find(server)
    env[server.variable] = url
    if (url) continue
    if (process.env[server.variable]) missing.push(`${server.name} does not answer at ${server.variable}`)
    else absent.push(server)
  }
  for (const server of await startAll(absent)) {
    if (await answersWithin(10_000, server)) env[server.variable] = server.own
  }
  for (const server of absent.filter(({ variable }) => !env[variable])) {
    missing.push(`${server.name} is not there: start one and set ${server.variable} (like ${server.usual})`)
  }
  return { env, missing }
}

async function find({ variable, usual, own, greets }) {
  const given = process.env[variable]
  for (const url of given ? [given] : [usual, own]) {
    if (URL.canParse(url) && (await greets(new URL(url)))) return url
  }
  return undefined
}

/** Starts what it can and answers with those that should come up. */
async function startAll(absent) {
  if (absent.length === 0) return []
  if (succeeds('docker', ['info'])) {
    const services = absent.map(({ service }) => service)
    const up = ['compose', '-f', 'compose.test.yml', 'up', '-d', '--wait', ...services]
    if ((await run('docker', up)) === 0) return absent
  }
  const started = []
  for (const server of absent) {
    try {
      await server.start(new URL(server.own), () => installed(server.debianPackage))
      console.log(`${server.name} started at ${server.own}`)
      started.push(server)
    } catch (error) {
      console.log(`${server.name} cannot be started: ${error.message}`)
    }
  }
  return started
}

/** Debian's package, where we may install it. */
async function installed(name) {
  if (process.getuid?.() !== 0 || !succeeds('apt-get', ['--version']))
    throw new Error(`${name} is not installed`)
  const options = { quiet: true, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  const install = () => run('apt-get', ['install', '-y', '--no-install-recommends', name], options)
  const code = (await run('apt-get', ['update'], options)) || (await install())
  if (code) throw new Error(`apt-get install ${name} failed`)
}

async function answersWithin(ms, server) {
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (await server.greets(new URL(server.own))) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 10_000 }).status === 0
}
