// `npm run demo`: from a fresh clone to rows in a database. Arguments go to the demo: `npm run demo -- --rows 1000`.
import './node-version.mjs'
import { fileURLToPath } from 'node:url'
import { build, install } from './workspace.mjs'

const code = (await install()) || (await build('@batchflow/demo...'))
if (code) process.exit(code)

// In this process and not in a child, so that a signal sent to npm or to this process reaches the demo itself.
const main = new URL('../apps/demo/dist/main.js', import.meta.url)
process.argv[1] = fileURLToPath(main)
await import(main)
