import { array, integer, matching, object, objectOf, refuse, string, within } from '../checks/checks.ts'
import { checkTarget } from './check-target.ts'
import {
  defaultLimits,
  type BridgeConfig,
  type BridgeLimits,
  type ListenConfig,
  type TargetConfig,
} from './config.ts'
import { isLoopback } from './is-loopback.ts'
import { readSecret, secretFields, type SecretRule, type SecretSources } from './read-secret.ts'

const defaultHosts = ['oapi.dingtalk.com', 'qyapi.weixin.qq.com']
const maxTargets = 1_000
/** Names of targets are parts of addresses and values of labels. `_unknown` stands for what is none of them. */
const targetName = /^[a-z0-9][a-z0-9-]{0,62}$/
const incomingToken: SecretRule = {
  name: 'token',
  pattern: /^[\x21-\x7e]{16,512}$/,
  rule: '16 to 512 printable ASCII characters without spaces',
}

/** Checks a configuration as it stands in its file, reads its secrets and fills in its defaults.
 *
 * @throws BridgeError `BRIDGE_INVALID_FIELD` with the field, its rule and the kind of what was given;
 * `BRIDGE_UNREADABLE` for a secret's file
 * @example
 * ```ts
 * const config = checkConfig(
 *   { targets: { oncall: { type: 'wecom', keyEnv: 'WECOM_KEY' } } },
 *   { directory: '.', env: process.env },
 * )
 * ``` */
export function checkConfig(value: unknown, sources: SecretSources): BridgeConfig {
  const names = ['listen', 'targets', 'receivers', 'allowedHosts', 'limits']
  const given = objectOf('', object('configuration', value), names)
  const hosts = array('allowedHosts', given['allowedHosts'] ?? defaultHosts, 100).map((host, i) =>
    matching(
      `allowedHosts[${i}]`,
      host,
      /^[a-z0-9.:[\]-]{1,255}$/,
      'a host name in lower case, with a port or without',
    ),
  )
  const targets = targetsOf(given['targets'], hosts, sources)
  return Object.freeze({
    listen: listenOf(given['listen'] ?? {}, sources),
    targets,
    receivers: receiversOf(given['receivers'] ?? {}, targets),
    limits: limitsOf(given['limits'] ?? {}),
  })
}

function listenOf(value: unknown, sources: SecretSources): ListenConfig {
  const given = objectOf('listen', value, ['host', 'port', ...secretFields('token')])
  const host = matching(
    'listen.host',
    given['host'] ?? '127.0.0.1',
    /^[\w.:-]{1,255}$/,
    'a host name or address',
  )
  const token = readSecret('listen', given, incomingToken, sources)
  if (token === undefined && !isLoopback(host))
    refuse(
      'listen.token',
      'given as listen.tokenFile or listen.tokenEnv when listen.host is no loopback address',
      'nothing',
    )
  return { host, port: integer('listen.port', given['port'] ?? 9_095, { min: 0, max: 65_535 }), token }
}

function targetsOf(
  value: unknown,
  allowedHosts: readonly string[],
  sources: SecretSources,
): ReadonlyMap<string, TargetConfig> {
  const entries = Object.entries(object('targets', value))
  if (entries.length === 0 || entries.length > maxTargets)
    refuse(
      'targets',
      `an object of 1 to ${maxTargets} targets`,
      entries.length === 0 ? 'an empty one' : 'a larger one',
    )
  const robots = new Map<string, string>()
  return new Map(
    entries.map(([name, target]) => {
      if (!targetName.test(name))
        refuse('targets', 'named with lower-case letters, digits and hyphens, at most 63', 'another name')
      const checked = checkTarget(`targets.${name}`, target, allowedHosts, sources)
      // Two targets would keep two budgets where the robot counts one.
      const robot = `${checked.url.href} ${credentialOf(checked)}`
      const twin = robots.get(robot)
      if (twin !== undefined) refuse(`targets.${name}`, 'a robot of its own', `the robot of targets.${twin}`)
      robots.set(robot, name)
      return [name, checked]
    }),
  )
}

function credentialOf(target: TargetConfig): string {
  return (target.type === 'dingtalk' ? target.token : target.key).reveal()
}

function receiversOf(
  value: unknown,
  targets: ReadonlyMap<string, TargetConfig>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(object('receivers', value)).map(([receiver, names]) => {
      const field = within('receivers', receiver)
      const list = array(field, names, maxTargets).map((name, i) => {
        const known = string(`${field}[${i}]`, name)
        if (!targets.has(known)) refuse(`${field}[${i}]`, 'the name of a target', 'another name')
        return known
      })
      // A receiver that reaches nobody would lose its alerts in silence.
      if (list.length === 0) refuse(field, 'an array of at least 1 target', 'an empty one')
      if (new Set(list).size < list.length) refuse(field, 'an array of different targets', 'one twice')
      return [receiver, list]
    }),
  )
}

const limitBounds: Readonly<Record<keyof BridgeLimits, { readonly min: number; readonly max: number }>> = {
  holdMs: { min: 100, max: 60_000 },
  rememberMs: { min: 0, max: 3_600_000 },
  requestTimeoutMs: { min: 100, max: 60_000 },
  stopTimeoutMs: { min: 0, max: 600_000 },
  maxBodyBytes: { min: 1_024, max: 16 * 2 ** 20 },
  maxPendingBytes: { min: 1_024, max: 2 ** 30 },
  maxPending: { min: 1, max: 100_000 },
  maxParts: { min: 1, max: 20 },
}

function limitsOf(value: unknown): BridgeLimits {
  const names = Object.keys(limitBounds) as (keyof BridgeLimits)[]
  const given = objectOf('limits', value, names)
  const limits = { ...defaultLimits }
  const checked = names.map((name) => [
    name,
    integer(`limits.${name}`, given[name] ?? defaultLimits[name], limitBounds[name]),
  ])
  Object.assign(limits, Object.fromEntries(checked))
  if (limits.maxPendingBytes < limits.maxBodyBytes)
    refuse('limits.maxPendingBytes', 'at least limits.maxBodyBytes', 'a smaller number')
  return Object.freeze(limits)
}
