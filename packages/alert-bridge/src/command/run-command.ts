import { parseArgs } from 'node:util'
import type { BridgeError } from '../bridge-error.ts'
import type { BridgeConfig } from '../config/config.ts'
import { readConfig } from '../config/read-config.ts'
import { createBridge } from '../create-bridge.ts'
import { jsonLog, type Log } from '../log.ts'
import { help } from './help.ts'

/** What a command has of its process. */
export interface CommandSurroundings {
  /** Without the names of Node and of the script. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  /** Tells of `SIGTERM` and `SIGINT`. */
  readonly signals: {
    once(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
    off(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  }
}

/** The command `batchflow-alert-bridge`. Resolves with its exit code: 0 when it was stopped or had nothing to complain
 * about, 1 when the configuration or the address cannot be used, 2 for arguments that it does not know.
 *
 * @example
 * ```ts
 * const { env, stdout, stderr } = process
 * process.exitCode = await runCommand({ argv: process.argv.slice(2), env, stdout, stderr, signals: process })
 * ``` */
export async function runCommand(surroundings: CommandSurroundings): Promise<number> {
  const { env, stdout, stderr } = surroundings
  const given = argumentsOf(surroundings.argv)
  if (typeof given === 'string') {
    stderr.write(`${given}\n`)
    return 2
  }
  if (given.help) {
    stdout.write(help)
    return 0
  }
  try {
    const config = readConfig(given.config, env)
    if (given.check) {
      stdout.write(
        `configuration is valid: ${config.targets.size} targets, ${config.receivers.size} receivers\n`,
      )
      return 0
    }
    await serveUntilStopped(config, surroundings)
    return 0
  } catch (error) {
    const { code, message } = error as BridgeError
    if (typeof code !== 'string' || !code.startsWith('BRIDGE_')) throw error
    stderr.write(`${message}\n`)
    return 1
  }
}

interface Arguments {
  readonly config: string
  readonly check: boolean
  readonly help: boolean
}

/** The arguments, or what is wrong with them. */
function argumentsOf(argv: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        'check-config': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const { config, 'check-config': check, help: wantsHelp } = values
    if (config === undefined && !wantsHelp)
      return '--config must be the name of a file, got nothing. Try --help.'
    return { config: config ?? '', check, help: wantsHelp }
  } catch {
    // Node's message would repeat the argument, which may be a secret that does not belong there.
    return 'arguments must be --config <file>, --check-config or --help, got something else. Try --help.'
  }
}

async function serveUntilStopped(
  config: BridgeConfig,
  { stdout, stderr, signals }: CommandSurroundings,
): Promise<void> {
  const log: Log = jsonLog((line) => stderr.write(line))
  const bridge = await createBridge(config, { log })
  const asked = new Promise<void>((resolve) => {
    const stop = () => {
      // A second signal finds Node's own handling, which ends the process at once.
      signals.off('SIGINT', stop)
      signals.off('SIGTERM', stop)
      resolve()
    }
    signals.once('SIGINT', stop)
    signals.once('SIGTERM', stop)
  })
  stdout.write(`listening on ${bridge.url}\n`)
  log('info', 'started', { url: bridge.url, targets: config.targets.size })
  await asked
  log('info', 'stopping')
  const left = await bridge.stop()
  log(left === 0 ? 'info' : 'warn', 'stopped', { undelivered: left })
}
