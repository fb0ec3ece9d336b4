import { describe, expect, test } from '@jest/globals'
import { dingTalkRobot, signatureOf } from '../../src/robots/dingtalk.ts'

const settings = {
  url: new URL('https://oapi.dingtalk.com/robot/send'),
  token: 'access-token',
  secret: 'SEC-test-secret',
  mobiles: ['13800000000'],
  users: ['ada'],
  everyone: true,
}
const message = { title: 'title', text: 'text', mentions: true }

describe('a DingTalk robot', () => {
  test('signs with HMAC-SHA256 of timestamp and secret', () => {
    // printf '1577262236757\nSEC-test-secret' | openssl dgst -sha256 -hmac SEC-test-secret -binary | base64
    expect(signatureOf('1577262236757', 'SEC-test-secret')).toBe(
      'SynZNAK+/CmEj7PY2RuRkpDaCmabkGjJBmNFJh8xekg=',
    )
  })

  test('puts the token, the time and the signature into the query, encoded', () => {
    const { url } = dingTalkRobot(settings).request(message, 1577262236757.9)
    expect(url.search).toBe(
      '?access_token=access-token&timestamp=1577262236757&sign=SynZNAK%2B%2FCmEj7PY2RuRkpDaCmabkGjJBmNFJh8xekg%3D',
    )
  })

  test('does not sign without a secret', () => {
    const { url } = dingTalkRobot({ ...settings, secret: undefined }).request(message, 0)
    expect(url.search).toBe('?access_token=access-token')
  })

  test('sends markdown and calls people only where the message does', () => {
    const robot = dingTalkRobot(settings)
    expect(JSON.parse(robot.request(message, 0).body)).toEqual({
      msgtype: 'markdown',
      markdown: { title: 'title', text: 'text' },
      at: { atMobiles: ['13800000000'], atUserIds: ['ada'], isAtAll: true },
    })
    expect(JSON.parse(robot.request({ ...message, mentions: false }, 0).body)).not.toHaveProperty('at')
    expect(robot.mention).toBe('@13800000000 @ada @所有人')
  })
})
