/**
 * `pnpm verify:monitoring [seconds]`: load on SQLite, PostgreSQL and Redis with faults, scraped by a real Prometheus, for
 * two minutes; then every panel of every dashboard is asked for what it declares, drawn in a headless browser, and
 * alerts are followed to a robot. `npm test` does the same for one minute. Prints each panel; pictures are in
 * packages/dashboards/screenshots.
 */
import './node-version.mjs'
import { ensureServers } from './test-servers.mjs'
import { ensureTools } from './test-tools.mjs'
import { build, script } from './workspace.mjs'

const seconds = Number(process.argv[2] ?? 120)
if (!Number.isInteger(seconds) || seconds < 30) {
  console.error(`seconds must be an integer from 30, got ${process.argv[2]}`)
  process.exit(2)
}

const failed = await build()
if (failed) process.exit(failed)
const env = { BATCHFLOW_LIVE_SECONDS: String(seconds) }
for (const ensure of [ensureTools, ensureServers]) {
  const found = await ensure()
  Object.assign(env, found.env)
  for (const sentence of found.missing) console.log(`NOT VERIFIED WITHOUT IT: ${sentence}`)
}
process.exitCode = await script('jest', ['--selectProjects', 'dashboards', '--testPathPatterns', 'live'], {
  env,
})
