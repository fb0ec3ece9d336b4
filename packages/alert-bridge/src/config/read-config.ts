import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { BridgeError } from '../bridge-error.ts'
import { checkConfig } from './check-config.ts'
import type { BridgeConfig } from './config.ts'
import type { SecretSources } from './read-secret.ts'

/** Reads the configuration from a JSON file, and its secrets from where it says: files, which are looked for beside it
 * unless their names are absolute, and the environment.
 *
 * @throws BridgeError `BRIDGE_UNREADABLE`, `BRIDGE_INVALID_FIELD`
 * @example
 * ```ts
 * const config = readConfig('/etc/batchflow/alert-bridge.json', process.env)
 * ``` */
export function readConfig(path: string, env: SecretSources['env']): BridgeConfig {
  return checkConfig(parsed(textOf(path)), { directory: dirname(resolve(path)), env })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code = 'no code' } = cause as NodeJS.ErrnoException
    throw new BridgeError('BRIDGE_UNREADABLE', `configuration must be a file that can be read, got ${code}`, {
      cause,
    })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the file, which may hold a secret that does not belong there.
    throw new BridgeError('BRIDGE_UNREADABLE', 'configuration must be JSON, got something else')
  }
}
