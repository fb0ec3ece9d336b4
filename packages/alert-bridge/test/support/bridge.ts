import { checkConfig } from '../../src/config/check-config.ts'
import { createBridge, type Bridge } from '../../src/create-bridge.ts'
import { jsonLog } from '../../src/log.ts'
import type { FakeRobot } from './fake-robot.ts'
import { post, type Answered } from './post.ts'
import type { SentWebhook } from './webhook.ts'

export const dingTalkToken = 'dingtalk-access-token-0123456789'
export const dingTalkSecret = 'SEC-dingtalk-signing-secret'
export const weComKey = '693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa'
export const incomingToken = 'incoming-token-0123456789'

const env = {
  DINGTALK_TOKEN: dingTalkToken,
  DINGTALK_SECRET: dingTalkSecret,
  WECOM_KEY: weComKey,
  BRIDGE_TOKEN: incomingToken,
}

export interface RunningBridge extends AsyncDisposable {
  readonly bridge: Bridge
  /** All that it has logged. */
  readonly log: readonly string[]
  readonly post: (
    path: string,
    body: SentWebhook | string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answered>
  /** The value of a series of its own. */
  readonly value: (series: string) => Promise<number | undefined>
}

interface Given {
  /** Hosts that are allowed beside the robot's. */
  readonly hosts?: readonly string[]
  readonly dingtalk?: Readonly<Record<string, unknown>>
  readonly wecom?: Readonly<Record<string, unknown>>
  readonly limits?: Readonly<Record<string, number>>
  readonly listen?: Readonly<Record<string, unknown>>
}

/** A bridge with the targets `oncall` (DingTalk, signed) and `ops` (WeCom), both of them the robot. */
export async function startBridge(robot: FakeRobot, given: Given = {}): Promise<RunningBridge> {
  const log: string[] = []
  const config = checkConfig(
    {
      listen: { port: 0, ...given.listen },
      allowedHosts: [robot.host, ...(given.hosts ?? [])],
      targets: {
        oncall: {
          type: 'dingtalk',
          url: `http://${robot.host}/robot/send`,
          tokenEnv: 'DINGTALK_TOKEN',
          secretEnv: 'DINGTALK_SECRET',
          ...given.dingtalk,
        },
        ops: {
          type: 'wecom',
          url: `http://${robot.host}/cgi-bin/webhook/send`,
          keyEnv: 'WECOM_KEY',
          ...given.wecom,
        },
      },
      receivers: { pager: ['oncall', 'ops'] },
      ...(given.limits && { limits: given.limits }),
    },
    { directory: '.', env },
  )
  const bridge = await createBridge(config, { log: jsonLog((line) => log.push(line)) })
  return {
    bridge,
    log,
    post: (path, body, headers) =>
      post(`${bridge.url}${path}`, typeof body === 'string' ? body : JSON.stringify(body), headers),
    value: async (series) => {
      const found = (await bridge.metrics()).split('\n').find((line) => line.startsWith(`${series} `))
      return found === undefined ? undefined : Number(found.slice(series.length))
    },
    [Symbol.asyncDispose]: async () => {
      await bridge.stop()
    },
  }
}

export function notifications(target: string, outcome: string): string {
  return `batchflow_bridge_notifications_total{target="${target}",outcome="${outcome}"}`
}
