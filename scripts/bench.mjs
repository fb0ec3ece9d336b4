// `pnpm bench <name> [--json]`: builds first, so that nobody measures yesterday's code. stdout is for the results only.
import './node-version.mjs'
import { fileURLToPath } from 'node:url'
import { build } from './workspace.mjs'

const code = await build('@batchflow/benchmarks...')
if (code) process.exit(code)

const main = new URL('../benchmarks/dist/main.js', import.meta.url)
process.argv[1] = fileURLToPath(main)
await import(main)
