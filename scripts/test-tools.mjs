/**
 * Finds the programs that tests run: promtool and its kin, with which they read /metrics, rules and routes as Prometheus
 * would, and PgBouncer, through which they write as through any pooler of connections. What is not on PATH is unpacked
 * from Debian's packages into .tools/: not installed, because the packages would start their services.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { root, run } from './workspace.mjs'

/** `libraries` are packages that a minimal system may lack; where one has another name there, the system has it. `data` is
 * read by the program from there only. `installed`: it needs too much to be unpacked, and starts no service. */
const tools = [
  { variable: 'PROMTOOL', debianPackage: 'prometheus', program: 'usr/bin/promtool' },
  { variable: 'PROMETHEUS', debianPackage: 'prometheus', program: 'usr/bin/prometheus' },
  { variable: 'AMTOOL', debianPackage: 'prometheus-alertmanager', program: 'usr/bin/amtool' },
  {
    variable: 'ALERTMANAGER',
    debianPackage: 'prometheus-alertmanager',
    program: 'usr/bin/prometheus-alertmanager',
    data: 'usr/share/prometheus/alertmanager',
  },
  {
    variable: 'PGBOUNCER',
    debianPackage: 'pgbouncer',
    program: 'usr/sbin/pgbouncer',
    libraries: ['libc-ares2', 'libevent-2.1-7'],
  },
  { variable: 'CHROMIUM', debianPackage: 'chromium', program: 'usr/bin/chromium', installed: true },
]

/** The variable of each tool, undefined if it is not there, and then one sentence about it. */
export async function ensureTools() {
  const env = {}
  const missing = []
  for (const tool of tools) {
    const { variable, debianPackage, program } = tool
    const unpacked = pathOf(tool)
    const known = [process.env[variable], basename(program), unpacked].find((path) => path && runs(path))
    const reason = (known ? undefined : await (tool.installed ? install : unpack)(tool)) ?? placeData(tool)
    const found = known ?? [basename(program), unpacked].find((path) => runs(path))
    env[variable] = reason ? undefined : found
    if (env[variable]) continue
    const why = reason ?? 'it does not run'
    missing.push(`${basename(program)} is not there (${why}): install what Debian calls ${debianPackage}`)
  }
  return { env, missing }
}

const folderOf = ({ debianPackage }) => join(root, '.tools', debianPackage)
const starter = 'start'
const pathOf = (tool) => join(folderOf(tool), tool.libraries ? starter : tool.program)
const runs = (path) => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0

/** Downloads and unpacks a tool's packages. Answers with why not, if so. */
async function unpack(tool) {
  if (spawnSync('dpkg-deb', ['--version'], { stdio: 'ignore' }).status !== 0)
    return 'no Debian to take it from'
  mkdirSync(join(root, '.tools'), { recursive: true })
  // In a folder of its own, and moved when complete: a run that is stopped half-way leaves nothing that looks whole.
  const scratch = mkdtempSync(join(root, '.tools', 'unpacking-'))
  try {
    const download = (name) => run('apt-get', ['download', name], { quiet: true, cwd: scratch })
    // The lists of a fresh container are empty, those of an old one name packages that are gone; only root renews them.
    if (process.getuid() === 0) await run('apt-get', ['update'], { quiet: true })
    if (await download(tool.debianPackage)) return `apt-get download ${tool.debianPackage} failed`
    for (const library of tool.libraries ?? []) await download(library)
    const whole = join(scratch, 'whole')
    for (const archive of readdirSync(scratch).filter((name) => name.endsWith('.deb')))
      if (await run('dpkg-deb', ['-x', archive, whole], { cwd: scratch })) return 'dpkg-deb failed'
    if (tool.libraries) writeStarter(whole, tool)
    if (existsSync(folderOf(tool))) rmSync(folderOf(tool), { recursive: true })
    renameSync(whole, folderOf(tool))
    return undefined
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Installs a package. Answers with why not, if so. */
async function install({ debianPackage }) {
  if (spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0)
    return 'no Debian to take it from'
  if (process.getuid() !== 0) return 'only root can install it'
  const options = { quiet: true, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  await run('apt-get', ['update'], options)
  const args = ['install', '-y', '--no-install-recommends', debianPackage]
  return (await run('apt-get', args, options)) ? `apt-get install ${debianPackage} failed` : undefined
}

/** Puts data where the program looks for them. Answers with why not, if so. */
function placeData(tool) {
  if (!tool.data) return undefined
  const source = join(folderOf(tool), tool.data)
  const target = join('/', tool.data)
  if (existsSync(target) || !existsSync(source)) return undefined
  if (process.getuid() !== 0) return `only root can put its data into ${target}`
  cpSync(source, target, { recursive: true })
  return undefined
}

/** A script that starts the program with the libraries beside it, wherever the folder is and whoever runs it. */
function writeStarter(folder, { program }) {
  const lines = [
    '#!/bin/sh',
    'here=$(dirname "$0")',
    'LD_LIBRARY_PATH=$(echo "$here"/usr/lib/*-linux-gnu)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}',
    'export LD_LIBRARY_PATH',
    `exec "$here/${program}" "$@"`,
  ]
  writeFileSync(join(folder, starter), `${lines.join('\n')}\n`)
  chmodSync(join(folder, starter), 0o755)
}
