import { timeShower } from '../../src/render/show-time.ts'
import type { Style } from '../../src/render/style.ts'
import { words } from '../../src/render/words.ts'
import { dingTalkRobot } from '../../src/robots/dingtalk.ts'
import type { Robot } from '../../src/robots/robot.ts'
import { weComRobot } from '../../src/robots/wecom.ts'

export const dingTalk: Robot = dingTalkRobot({
  url: new URL('https://oapi.dingtalk.com/robot/send'),
  token: 'access-token',
  secret: 'signing-secret',
  mobiles: ['13800000000'],
  users: [],
  everyone: false,
})

export const weCom: Robot = weComRobot({
  url: new URL('https://qyapi.weixin.qq.com/cgi-bin/webhook/send'),
  key: 'robot-key',
  users: ['ada'],
})

/** How messages look for a robot, in English unless changed. */
export function styleFor({ dialect, room, mention }: Robot, change: Partial<Style> = {}): Style {
  return {
    dialect,
    room,
    mention,
    words: words.en,
    showTime: timeShower('UTC'),
    keyword: '',
    mentionSeverities: new Set(['critical']),
    ...change,
  }
}
