// Imported first by every script that a newcomer starts: an old Node gets one line instead of a stack from somewhere.
import { readFileSync } from 'node:fs'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const numbers = (version) => version.replace(/^\D*/, '').split('.').map(Number)
const [wantedMajor, wantedMinor] = numbers(engines.node)
const [major, minor] = numbers(process.version)

if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
  console.error(
    `Node ${engines.node} is needed, this is ${process.version}. See https://nodejs.org/en/download`,
  )
  process.exit(1)
}
