import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const script = fileURLToPath(new URL('./core-soak-run.js', import.meta.url))

/** `pnpm bench soak [--minutes 60]`: a flow and a pipeline under faults, at a low rate, in a process of their own; prints
 * a table of what they hold on to. Answers the exit code: 1 when something grows, or a row is not accounted for. */
export async function soak(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string', default: '60' } } })
  const minutes = Number(values.minutes)
  if (!(minutes > 0 && minutes <= 10_000)) {
    process.stderr.write('--minutes must be a number of minutes from 0 to 10000\n')
    return 2
  }
  // A small heap, so that what grows shows soon; the garbage collector is asked before each reading.
  const flags = [
    '--expose-gc',
    '--max-semi-space-size=2',
    '--max-old-space-size=64',
    '--unhandled-rejections=strict',
  ]
  const child = spawn(process.execPath, [...flags, script, String(minutes)], { stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}
