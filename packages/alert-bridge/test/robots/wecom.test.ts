import { expect, test } from '@jest/globals'
import { weComRobot } from '../../src/robots/wecom.ts'

test('a WeCom robot gets markdown under its key, and people are called in the text', () => {
  const robot = weComRobot({
    url: new URL('https://qyapi.weixin.qq.com/cgi-bin/webhook/send'),
    key: 'robot-key',
    users: ['ada', 'grace'],
  })
  const { url, body } = robot.request({ title: 'title', text: 'text', mentions: true }, 0)
  expect(url.href).toBe('https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=robot-key')
  expect(JSON.parse(body)).toEqual({ msgtype: 'markdown', markdown: { content: 'text' } })
  expect(robot.mention).toBe('<@ada> <@grace>')
})
