import {
  array,
  boolean,
  integer,
  matching,
  object,
  objectOf,
  oneOf,
  refuse,
  within,
  type JsonObject,
} from '../checks/checks.ts'
import { kindOf } from '../checks/kind-of.ts'
import { languages } from '../render/words.ts'
import { robotTypes } from '../robots/robot.ts'
import { isLoopback } from './is-loopback.ts'
import type { DingTalkTarget, TargetConfig, WeComTarget } from './config.ts'
import { readSecret, secretFields, type SecretRule, type SecretSources } from './read-secret.ts'
import type { Secret } from './secret.ts'

const commonFields = [
  'type',
  'url',
  'language',
  'timeZone',
  'messagesPerMinute',
  'rateLimitPauseMs',
  'mention',
]
const addresses = {
  dingtalk: 'https://oapi.dingtalk.com/robot/send',
  wecom: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send',
}

// What stands behind `access_token=` and `key=` in the address that the chat client shows. The whole address is a common
// mistake, which the rule names.
const credential = {
  pattern: /^[\w-]{8,256}$/,
  rule: 'letters, digits, hyphens and underscores, 8 to 256 of them, as behind the "=" of the robot\'s address',
}
const accessToken: SecretRule = { name: 'token', ...credential }
const key: SecretRule = { name: 'key', ...credential }
const signingSecret: SecretRule = {
  name: 'secret',
  pattern: /^[\x21-\x7e]{8,256}$/,
  rule: '8 to 256 printable ASCII characters without spaces',
}

// What calls a person ends up in the text of messages, so it is nothing that the markdown could stumble over.
const mobile = { pattern: /^\+?[\d-]{5,20}$/, rule: 'a phone number of digits' }
const user = { pattern: /^[\w.@-]{1,64}$/, rule: 'a user id of letters, digits and . _ - @, at most 64' }
const maxPeople = 10

/** Checks one target and reads its secrets.
 *
 * @throws BridgeError `BRIDGE_INVALID_FIELD`, `BRIDGE_UNREADABLE` */
export function checkTarget(
  field: string,
  value: unknown,
  allowedHosts: readonly string[],
  sources: SecretSources,
): TargetConfig {
  const type = oneOf(within(field, 'type'), object(field, value)['type'], robotTypes)
  return type === 'dingtalk'
    ? dingTalkTarget(field, value, allowedHosts, sources)
    : weComTarget(field, value, allowedHosts, sources)
}

function dingTalkTarget(
  field: string,
  value: unknown,
  allowedHosts: readonly string[],
  sources: SecretSources,
): DingTalkTarget {
  const names = [...commonFields, ...secretFields('token'), ...secretFields('secret'), 'keyword']
  const given = objectOf(field, value, names)
  const mention = objectOf(within(field, 'mention'), given['mention'] ?? {}, [
    'users',
    'severities',
    'mobiles',
    'everyone',
  ])
  const keywordRule = 'up to 40 letters, digits, spaces and hyphens'
  return {
    type: 'dingtalk',
    ...commonOf(field, given, addresses.dingtalk, allowedHosts),
    token: needed(within(field, 'token'), readSecret(field, given, accessToken, sources)),
    secret: readSecret(field, given, signingSecret, sources),
    // Robots compare it with the text, so it must not need any escaping.
    keyword: matching(
      within(field, 'keyword'),
      given['keyword'] ?? '',
      /^[\p{L}\p{N} -]{0,40}$/u,
      keywordRule,
    ),
    mention: {
      ...mentionOf(within(field, 'mention'), mention),
      mobiles: people(within(field, 'mention.mobiles'), mention['mobiles'], mobile),
      everyone: boolean(`${field}.mention.everyone`, mention['everyone'] ?? false),
    },
  }
}

function weComTarget(
  field: string,
  value: unknown,
  allowedHosts: readonly string[],
  sources: SecretSources,
): WeComTarget {
  const given = objectOf(field, value, [...commonFields, ...secretFields('key')])
  const mentionField = within(field, 'mention')
  const mention = objectOf(mentionField, given['mention'] ?? {}, ['users', 'severities'])
  return {
    type: 'wecom',
    ...commonOf(field, given, addresses.wecom, allowedHosts),
    key: needed(within(field, 'key'), readSecret(field, given, key, sources)),
    mention: mentionOf(mentionField, mention),
  }
}

function commonOf(
  field: string,
  given: JsonObject,
  address: string,
  allowedHosts: readonly string[],
): Pick<TargetConfig, 'url' | 'language' | 'timeZone' | 'messagesPerMinute' | 'rateLimitPauseMs'> {
  return {
    url: urlOf(within(field, 'url'), given['url'] ?? address, allowedHosts),
    language: oneOf(within(field, 'language'), given['language'] ?? 'en', languages),
    timeZone: zoneOf(within(field, 'timeZone'), given['timeZone'] ?? 'UTC'),
    messagesPerMinute: integer(within(field, 'messagesPerMinute'), given['messagesPerMinute'] ?? 20, {
      min: 1,
      max: 1_000,
    }),
    rateLimitPauseMs: integer(within(field, 'rateLimitPauseMs'), given['rateLimitPauseMs'] ?? 60_000, {
      min: 100,
      max: 3_600_000,
    }),
  }
}

/** An address on the list, over TLS unless it stays on this machine. */
function urlOf(field: string, value: unknown, allowedHosts: readonly string[]): URL {
  if (typeof value !== 'string' || !URL.canParse(value)) refuse(field, 'an address', kindOf(value))
  const url = new URL(value)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    refuse(field, 'an address of https, or of http on a loopback address', 'another one')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    refuse(field, 'an address without a user, a query and a fragment', 'one with')
  if (!allowedHosts.includes(url.host) && !allowedHosts.includes(url.hostname))
    refuse(field, 'an address on a host of allowedHosts', 'one on another host')
  return url
}

function zoneOf(field: string, value: unknown): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value as string }).resolvedOptions().timeZone
  } catch {
    return refuse(
      field,
      'a time zone such as UTC or Asia/Shanghai',
      typeof value === 'string' ? 'another string' : kindOf(value),
    )
  }
}

function mentionOf(
  field: string,
  given: JsonObject,
): { readonly users: readonly string[]; readonly severities: readonly string[] } {
  const severities = array(within(field, 'severities'), given['severities'] ?? ['critical'], 20)
  return {
    users: people(`${field}.users`, given['users'], user),
    severities: severities.map((severity, i) =>
      matching(`${field}.severities[${i}]`, severity, /^.{1,60}$/s, 'a severity of 1 to 60 characters'),
    ),
  }
}

function people(
  field: string,
  value: unknown,
  { pattern, rule }: { readonly pattern: RegExp; readonly rule: string },
): readonly string[] {
  return array(field, value ?? [], maxPeople).map((person, i) =>
    matching(`${field}[${i}]`, person, pattern, rule),
  )
}

function needed(field: string, secret: Secret | undefined): Secret {
  if (secret === undefined) refuse(field, `given as ${field}File or ${field}Env`, 'nothing')
  return secret
}
