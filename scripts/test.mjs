/**
 * `npm test`: everything that has to hold, from a fresh clone. Arguments go to jest:
 * `npm test -- --selectProjects core`. A failed section does not stop the later ones, unless nothing can run without
 * it; the exit code is the first failure's. A server or tool that is missing is a failure where CI=true, and elsewhere
 * a loud line at its place and again at the end.
 */
import './node-version.mjs'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureServers } from './test-servers.mjs'
import { ensureTools } from './test-tools.mjs'
import { build, install, root, run, script } from './workspace.mjs'

const inCi = process.env.CI === 'true'
const env = {}
const missing = []

/** Takes what was found into the environment of the tests. */
async function ensure(find) {
  const found = await find()
  Object.assign(env, found.env)
  for (const sentence of found.missing) {
    missing.push(sentence)
    console.log(`${inCi ? 'MISSING' : 'SKIPPING ITS TESTS'}: ${sentence}`)
  }
  return inCi && found.missing.length > 0 ? 1 : 0
}

const ownTests = readdirSync(join(root, 'scripts', 'test')).map((name) => join('scripts', 'test', name))

const sections = [
  { name: 'Install', run: install, needed: true },
  { name: 'Build', run: () => build(), needed: true },
  { name: 'Lint', run: () => script('lint') },
  { name: 'Types', run: () => script('typecheck') },
  { name: 'Scripts', run: () => run(process.execPath, ['--test', '--test-reporter=dot', ...ownTests]) },
  { name: 'Packages', run: () => script('pack:check') },
  { name: 'Tools', run: () => ensure(ensureTools) },
  { name: 'Servers', run: () => ensure(ensureServers) },
  { name: 'Suites', run: () => script('jest', process.argv.slice(2), { env }) },
]

let exitCode = 0
const failed = []
for (const section of sections) {
  console.log(`\n── ${section.name}`)
  const start = performance.now()
  const code = await section.run()
  if (code) failed.push(section.name)
  exitCode ||= code
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  // The last section ends with the line of counts, which stays the last but for bad news.
  if (section !== sections.at(-1)) console.log(`   ${code ? 'FAILED' : 'ok'}, ${seconds} s`)
  // Above 128: a signal. Whoever sent it wants all of it to stop.
  if (code > 128 || (code && section.needed)) break
}
for (const sentence of missing) console.log(`Not tested: ${sentence}`)
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`)
process.exitCode = exitCode
