import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BridgeError } from '../bridge-error.ts'
import { matching, refuse, within, type JsonObject } from '../checks/checks.ts'
import { Secret } from './secret.ts'

/** Where secrets come from. */
export interface SecretSources {
  /** Relative file names begin here. */
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface SecretRule {
  /** Names the fields: `token` is read from `tokenFile` or `tokenEnv`. */
  readonly name: string
  readonly pattern: RegExp
  /** What the pattern asks for, in words. */
  readonly rule: string
}

/** The names of the fields that a secret can come from. */
export function secretFields(name: string): readonly string[] {
  return [`${name}File`, `${name}Env`]
}

/** Reads a secret from a file or the environment: never from the configuration itself, which people copy and commit.
 * White space around it, such as an editor's last line end, does not count.
 *
 * @throws BridgeError `BRIDGE_INVALID_FIELD`, `BRIDGE_UNREADABLE` */
export function readSecret(
  field: string,
  given: JsonObject,
  { name, pattern, rule }: SecretRule,
  { directory, env }: SecretSources,
): Secret | undefined {
  const fileField = within(field, `${name}File`)
  const envField = within(field, `${name}Env`)
  const file = given[`${name}File`]
  const variable = given[`${name}Env`]
  if (file !== undefined && variable !== undefined) refuse(envField, `absent beside ${fileField}`, 'both')
  if (file !== undefined) {
    const path = resolve(directory, matching(fileField, file, /^[^\0]+$/, 'the name of a file'))
    return checked(`the content of ${fileField}`, contentOf(fileField, path), pattern, rule)
  }
  if (variable === undefined) return undefined
  const key = matching(envField, variable, /^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
  return checked(`the variable of ${envField}`, env[key], pattern, rule)
}

function checked(field: string, text: string | undefined, pattern: RegExp, rule: string): Secret {
  return new Secret(matching(field, text?.trim(), pattern, rule))
}

function contentOf(field: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code = 'no code' } = cause as NodeJS.ErrnoException
    throw new BridgeError('BRIDGE_UNREADABLE', `${field} must be a file that can be read, got ${code}`, {
      cause,
    })
  }
}
