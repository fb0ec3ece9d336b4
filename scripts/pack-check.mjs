/**
 * `pnpm pack:check`: packs every package that is published, has publint and attw look at the tarballs, installs them
 * into an empty project, and imports every entry from ESM and from CommonJS, as a user would.
 */
import './node-version.mjs'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workspacesIn } from './layers/workspaces.mjs'
import { build, pnpm, root, run } from './workspace.mjs'

/** Clients that an import must not need: better-sqlite3 is loaded in the worker thread and nowhere else. */
const lateClients = ['better-sqlite3']

const bin = (name) => join(root, 'node_modules', '.bin', name)
const folder = mkdtempSync(join(tmpdir(), 'batchflow-pack-'))
try {
  process.exitCode = await check(
    workspacesIn(root).filter(({ isPackage, manifest }) => isPackage && !manifest.private),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function check(packages) {
  const names = packages.map(({ manifest }) => manifest.name)
  const filters = names.map((name) => `--filter=${name}`)
  const code =
    (await build()) || (await pnpm([...filters, 'pack', '--pack-destination', folder], { quiet: true }))
  if (code) return code

  const looked = []
  for (const { manifest } of packages) looked.push(await look(tarballOf(manifest)))
  const failed = looked.find(Boolean) || (await consume(packages))
  if (!failed) console.log(`${names.join(', ')}: packed, installed and imported`)
  return failed
}

/** What publint and attw have to say about a tarball. A suggestion is a failure too. */
async function look(tarball) {
  const attw = ['--profile', 'esm-only', '--no-definitely-typed', '--no-emoji', '--format', 'ascii', tarball]
  const publint = await run(bin('publint'), ['run', '--strict', tarball], { quiet: true })
  return publint || (await run(bin('attw'), attw, { quiet: true }))
}

async function consume(packages) {
  const consumer = join(folder, 'consumer')
  mkdirSync(consumer)
  const write = (name, text) => writeFileSync(join(consumer, name), text)
  const clients = Object.assign({}, ...packages.map(({ manifest }) => manifest.peerDependencies))
  for (const name of lateClients) delete clients[name]
  const tarballs = packages.map(({ manifest }) => [manifest.name, `file:${tarballOf(manifest)}`])
  write(
    'package.json',
    JSON.stringify({ private: true, dependencies: { ...clients, ...Object.fromEntries(tarballs) } }),
  )

  const entries = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports)
      .filter((entry) => !entry.endsWith('.json'))
      .map((entry) => manifest.name + entry.slice(1)),
  )
  // Something must come out of each: an empty module imports as well as a full one.
  const verify = `for (const name of ${JSON.stringify(entries)}) {
    if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing')
  }`
  write('consumer.mjs', verify)
  write('consumer.cjs', `;(async () => { ${verify} })()`)
  // attw lets a package without types pass; the compiler does not.
  write('consumer.mts', entries.map((name, i) => `export * as entry${i} from '${name}'\n`).join(''))
  const typeCheck = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', 'consumer.mts']

  // legacy-peer-deps: npm would install the late clients too, and compile one of them for a minute.
  const quietly = ['--ignore-scripts', '--legacy-peer-deps', '--prefer-offline', '--no-audit', '--no-fund']
  return (
    (await run('npm', ['install', '--loglevel=error', ...quietly], { cwd: consumer, quiet: true })) ||
    (await run(process.execPath, ['consumer.mjs'], { cwd: consumer, quiet: true })) ||
    (await run(process.execPath, ['consumer.cjs'], { cwd: consumer, quiet: true })) ||
    (await run(bin('tsc'), typeCheck, { cwd: consumer, quiet: true }))
  )
}

/** `@scope/name` at 1.2.3 is packed as scope-name-1.2.3.tgz. */
function tarballOf({ name, version }) {
  return join(folder, `${name.replace(/^@/, '').replaceAll('/', '-')}-${version}.tgz`)
}
