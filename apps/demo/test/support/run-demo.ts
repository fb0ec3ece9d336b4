import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface DemoProcess {
  /** What it has printed so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  readonly stopReading: () => void
  readonly kill: (signal: NodeJS.Signals) => void
  /** Resolves with the first match in what it prints. */
  readonly printed: (pattern: RegExp) => Promise<RegExpMatchArray>
  readonly ended: Promise<number | null>
}

/** Starts the demo as `npm run demo` does, in a process of its own. */
export function runDemo(args: readonly string[]): DemoProcess {
  const child = spawn(process.execPath, ['--max-old-space-size=160', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    stopReading: () => child.stdout.destroy(),
    kill: (signal) => child.kill(signal),
    ended,
    printed: async (pattern) => {
      for (;;) {
        const match = stdout.match(pattern)
        if (match !== null) return match
        const closed = await Promise.race([
          once(child.stdout, 'data').then(() => false),
          ended.then(() => true),
        ])
        if (closed) throw new Error(`it ended without printing ${pattern}:\n${stdout}${stderr}`)
      }
    },
  }
}

/** The number after a label of the last lines. */
export function counted(output: string, label: string): number {
  const [, digits = 'none'] = output.match(new RegExp(`^${label} +([\\d,]+)`, 'm')) ?? []
  return Number(digits.replaceAll(',', ''))
}
