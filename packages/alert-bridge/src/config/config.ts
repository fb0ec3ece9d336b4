import type { Language } from '../render/words.ts'
import type { Secret } from './secret.ts'

/** Where the bridge listens. */
export interface ListenConfig {
  /** @defaultValue '127.0.0.1' */
  readonly host: string
  /** From 0 to 65535; 0 takes a free one. @defaultValue 9095 */
  readonly port: number
  /** What webhooks have to bring as `Authorization: Bearer …`. Needed when `host` is not a loopback address. */
  readonly token: Secret | undefined
}

interface CommonTarget {
  /** Address of the robots' service, without a query. */
  readonly url: URL
  /** @defaultValue 'en' */
  readonly language: Language
  /** IANA name of the zone in which times are shown. @defaultValue 'UTC' */
  readonly timeZone: string
  /** From 1 to 1,000. @defaultValue 20 */
  readonly messagesPerMinute: number
  /** Pause, in milliseconds, after the robot said that it had too many messages. @defaultValue 60000 */
  readonly rateLimitPauseMs: number
}

/** Who is called by a message, and when. */
interface CommonMention {
  readonly users: readonly string[]
  /** Severities whose firing alerts call them. @defaultValue ['critical'] */
  readonly severities: readonly string[]
}

/** A custom robot of a DingTalk group. */
export interface DingTalkTarget extends CommonTarget {
  readonly type: 'dingtalk'
  readonly token: Secret
  /** Signs the messages. */
  readonly secret: Secret | undefined
  /** A word that the robot wants in each message. */
  readonly keyword: string
  readonly mention: CommonMention & { readonly mobiles: readonly string[]; readonly everyone: boolean }
}

/** A robot of a WeCom group. */
export interface WeComTarget extends CommonTarget {
  readonly type: 'wecom'
  readonly key: Secret
  readonly mention: CommonMention
}

/** A robot that notifications are brought to. */
export type TargetConfig = DingTalkTarget | WeComTarget

/** Bounds of the bridge. Times are in milliseconds. */
export interface BridgeLimits {
  /** How long a webhook is held until its message is delivered; then Alertmanager is told to try again. From 100 to
   * 60,000. Below 10 seconds, after which Alertmanager gives up. @defaultValue 8000 */
  readonly holdMs: number
  /** How long a delivered notification is remembered, so that the same one is not sent twice, and an undelivered one is
   * kept. From 0 to 3,600,000; below Alertmanager's `repeat_interval`. @defaultValue 120000 */
  readonly rememberMs: number
  /** Time for one message to a robot, its answer included. From 100 to 60,000. @defaultValue 5000 */
  readonly requestTimeoutMs: number
  /** Time for pending messages when the bridge stops. From 0 to 600,000. @defaultValue 10000 */
  readonly stopTimeoutMs: number
  /** Size of a webhook in bytes. From 1,024 to 16 MiB. @defaultValue 2097152 */
  readonly maxBodyBytes: number
  /** Bytes of all notifications that wait, requests that are being read included. From `maxBodyBytes` to 1 GiB.
   * @defaultValue 16777216 */
  readonly maxPendingBytes: number
  /** Notifications that wait for one target. From 1 to 100,000. @defaultValue 1000 */
  readonly maxPending: number
  /** Messages that one notification may take before it is told as a digest. From 1 to 20. @defaultValue 5 */
  readonly maxParts: number
}

/** The configuration, checked and complete, its secrets read. */
export interface BridgeConfig {
  readonly listen: ListenConfig
  /** By name. */
  readonly targets: ReadonlyMap<string, TargetConfig>
  /** Names of targets by the receiver that Alertmanager names, for `POST /alerts`. */
  readonly receivers: ReadonlyMap<string, readonly string[]>
  readonly limits: BridgeLimits
}

export const defaultLimits: BridgeLimits = {
  holdMs: 8_000,
  rememberMs: 120_000,
  requestTimeoutMs: 5_000,
  stopTimeoutMs: 10_000,
  maxBodyBytes: 2 * 2 ** 20,
  maxPendingBytes: 16 * 2 ** 20,
  maxPending: 1_000,
  maxParts: 5,
}
