import type { Clock } from './clock.ts'
import type { BridgeLimits, TargetConfig } from './config/config.ts'
import type { WaitingRoom } from './delivery/pending.ts'
import { Sender } from './delivery/sender.ts'
import type { Log } from './log.ts'
import type { BridgeMetrics } from './metrics.ts'
import { timeShower } from './render/show-time.ts'
import type { Style } from './render/style.ts'
import { words } from './render/words.ts'
import { deliverTo } from './robots/deliver.ts'
import { dingTalkRobot } from './robots/dingtalk.ts'
import type { Robot } from './robots/robot.ts'
import { weComRobot } from './robots/wecom.ts'

export interface SenderSurroundings {
  readonly limits: BridgeLimits
  readonly room: WaitingRoom
  readonly metrics: BridgeMetrics
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

/** The sender of one target of the configuration. */
export function createSender(
  name: string,
  target: TargetConfig,
  { limits, room, metrics, clock, random, log }: SenderSurroundings,
): Sender {
  const robot = robotOf(target)
  const { holdMs, rememberMs, maxParts, maxPending, requestTimeoutMs } = limits
  const { messagesPerMinute, rateLimitPauseMs } = target
  return new Sender({
    name,
    style: styleOf(target, robot),
    deliver: deliverTo(robot, { timeoutMs: requestTimeoutMs, wallTime: () => clock.wallTime() }),
    limits: { messagesPerMinute, rateLimitPauseMs, holdMs, rememberMs, maxParts, maxPending },
    room,
    clock,
    random,
    log,
    countMessage: (outcome) => metrics.countMessage(name, outcome),
  })
}

function robotOf(target: TargetConfig): Robot {
  const { url, mention } = target
  if (target.type === 'wecom') return weComRobot({ url, key: target.key.reveal(), users: mention.users })
  const { mobiles, everyone } = target.mention
  return dingTalkRobot({
    url,
    token: target.token.reveal(),
    secret: target.secret?.reveal(),
    users: mention.users,
    mobiles,
    everyone,
  })
}

function styleOf(target: TargetConfig, { dialect, room, mention }: Robot): Style {
  return {
    dialect,
    room,
    mention,
    words: words[target.language],
    showTime: timeShower(target.timeZone),
    keyword: target.type === 'dingtalk' ? target.keyword : '',
    mentionSeverities: new Set(target.mention.severities),
  }
}
