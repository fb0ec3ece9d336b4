import { describe, expect, test } from '@jest/globals'
import { checkConfig } from '../../src/config/check-config.ts'
import type { BridgeConfig } from '../../src/config/config.ts'

const env = {
  TOKEN: 'dingtalk-access-token',
  SECRET: 'dingtalk-signing-secret',
  KEY: 'wecom-robot-key',
  INCOMING: 'a-token-of-16-characters',
  EMPTY: ' ',
  ADDRESS: 'https://oapi.dingtalk.com/robot/send?access_token=xxx',
}
const oncall = { type: 'dingtalk', tokenEnv: 'TOKEN', secretEnv: 'SECRET' }
const ops = { type: 'wecom', keyEnv: 'KEY' }

describe('a configuration', () => {
  test('needs no more than a robot', () => {
    const { listen, targets, receivers, limits } = checked({ targets: { ops } })
    expect(listen).toEqual({ host: '127.0.0.1', port: 9_095, token: undefined })
    expect(targets.get('ops')).toMatchObject({
      type: 'wecom',
      url: new URL('https://qyapi.weixin.qq.com/cgi-bin/webhook/send'),
      language: 'en',
      timeZone: 'UTC',
      messagesPerMinute: 20,
      rateLimitPauseMs: 60_000,
      mention: { users: [], severities: ['critical'] },
    })
    expect(receivers.size).toBe(0)
    expect(limits.holdMs).toBe(8_000)
  })

  test('can say everything', () => {
    const config = checked({
      listen: { host: '0.0.0.0', port: 0, tokenEnv: 'INCOMING' },
      targets: {
        oncall: {
          ...oncall,
          url: 'https://oapi.dingtalk.com/robot/send',
          language: 'zh',
          timeZone: 'Asia/Shanghai',
          keyword: '监控',
          messagesPerMinute: 10,
          rateLimitPauseMs: 600_000,
          mention: {
            mobiles: ['13800000000'],
            users: ['ada'],
            everyone: false,
            severities: ['critical', 'page'],
          },
        },
        ops: { ...ops, mention: { users: ['ada'] } },
      },
      receivers: { pager: ['oncall', 'ops'], 值班: ['ops'] },
      limits: { holdMs: 9_000 },
    })
    expect(config.listen.token?.reveal()).toBe(env.INCOMING)
    expect(config.targets.get('oncall')).toMatchObject({
      language: 'zh',
      keyword: '监控',
      messagesPerMinute: 10,
    })
    expect(config.receivers.get('值班')).toEqual(['ops'])
    expect(config.limits).toMatchObject({ holdMs: 9_000, maxParts: 5 })
  })

  test.each<[unknown, string | RegExp]>([
    [[], 'configuration must be an object, got an array'],
    [{}, 'targets must be an object, got nothing'],
    [{ targets: {} }, 'targets must be an object of 1 to 1000 targets, got an empty one'],
    [
      { target: {} },
      'each name in the configuration must be one of listen, targets, receivers, allowedHosts, limits, got target',
    ],
    [
      { targets: { Ops: ops } },
      'targets must be named with lower-case letters, digits and hyphens, at most 63, got another name',
    ],
    [
      { targets: { ops: { type: 'slack' } } },
      'targets.ops.type must be one of dingtalk, wecom, got another string',
    ],
    [
      { targets: { ops: { type: 'wecom' } } },
      'targets.ops.key must be given as targets.ops.keyFile or targets.ops.keyEnv, got nothing',
    ],
    [
      { targets: { ops: { type: 'wecom', keyEnv: 'MISSING' } } },
      /^the variable of targets\.ops\.keyEnv must be letters, .*, got nothing$/,
    ],
    [{ targets: { ops: { type: 'wecom', keyEnv: 'EMPTY' } } }, /, got an empty string$/],
    [{ targets: { ops: { type: 'wecom', keyEnv: 'ADDRESS' } } }, /, got another string$/],
    [
      { targets: { ops: { ...ops, keyFile: 'key' } } },
      'targets.ops.keyEnv must be absent beside targets.ops.keyFile, got both',
    ],
    [
      { targets: { ops: { ...ops, language: 'fr' } } },
      'targets.ops.language must be one of en, zh, got another string',
    ],
    [
      { targets: { ops: { ...ops, timeZone: 'Mars' } } },
      'targets.ops.timeZone must be a time zone such as UTC or Asia/Shanghai, got another string',
    ],
    [
      { targets: { ops: { ...ops, messagesPerMinute: 0 } } },
      'targets.ops.messagesPerMinute must be an integer from 1 to 1000, got another number',
    ],
    [
      { targets: { ops: { ...ops, mention: { users: ['<@all>'] } } } },
      /^targets\.ops\.mention\.users\[0\] must be a user id/,
    ],
    [
      { targets: { oncall: { ...oncall, keyword: '[x](y)' } } },
      /^targets\.oncall\.keyword must be up to 40 letters/,
    ],
    [
      { targets: { ops }, receivers: { pager: ['oncall'] } },
      'receivers.pager[0] must be the name of a target, got another name',
    ],
    [
      { targets: { ops }, receivers: { pager: [] } },
      'receivers.pager must be an array of at least 1 target, got an empty one',
    ],
    [
      { targets: { ops }, receivers: { pager: ['ops', 'ops'] } },
      'receivers.pager must be an array of different targets, got one twice',
    ],
    [{ targets: { ops, two: ops } }, 'targets.two must be a robot of its own, got the robot of targets.ops'],
    [
      { targets: { ops }, listen: { host: '0.0.0.0' } },
      /^listen\.token must be given as listen\.tokenFile or listen\.tokenEnv when listen\.host is no loopback/,
    ],
    [
      { targets: { ops }, listen: { port: '9095' } },
      'listen.port must be an integer from 0 to 65535, got a string',
    ],
    [
      { targets: { ops }, limits: { holdMs: 10 } },
      'limits.holdMs must be an integer from 100 to 60000, got another number',
    ],
    [
      { targets: { ops }, limits: { maxPendingBytes: 2_048 } },
      'limits.maxPendingBytes must be at least limits.maxBodyBytes, got a smaller number',
    ],
  ])('is refused by field, rule and kind: %j', (value, message) => {
    expect(() => checked(value)).toThrow(message)
  })

  test.each([
    [
      'another host',
      'https://evil.example/robot/send',
      'an address on a host of allowedHosts, got one on another host',
    ],
    [
      'a host that begins like one',
      'https://oapi.dingtalk.com.evil.example/',
      'an address on a host of allowedHosts, got one on another host',
    ],
    [
      'plain http',
      'http://oapi.dingtalk.com/robot/send',
      'an address of https, or of http on a loopback address, got another one',
    ],
    [
      'another protocol',
      'file:///etc/passwd',
      'an address of https, or of http on a loopback address, got another one',
    ],
    [
      'a user',
      'https://oapi.dingtalk.com@evil.example/',
      'an address without a user, a query and a fragment, got one with',
    ],
    [
      'a token in it',
      'https://oapi.dingtalk.com/robot/send?access_token=x',
      'an address without a user, a query and a fragment, got one with',
    ],
    ['nonsense', 'robot', 'an address, got a string'],
  ])('sends nothing to %s', (_, url, rule) => {
    expect(() => checked({ targets: { oncall: { ...oncall, url } } })).toThrow(
      `targets.oncall.url must be ${rule}`,
    )
  })

  test('can allow other hosts, with a port or with any', () => {
    const url = 'http://127.0.0.1:8080/robot/send'
    for (const host of ['127.0.0.1', '127.0.0.1:8080'])
      expect(() => checked({ allowedHosts: [host], targets: { oncall: { ...oncall, url } } })).not.toThrow()
    expect(() =>
      checked({ allowedHosts: ['127.0.0.1:80'], targets: { oncall: { ...oncall, url } } }),
    ).toThrow('on another host')
    expect(() => checked({ allowedHosts: [], targets: { oncall } })).toThrow('on another host')
  })

  test('takes no secret as it is', () => {
    const value = { targets: { oncall: { type: 'dingtalk', token: 'dingtalk-access-token' } } }
    expect(() => checked(value)).toThrow(/^each name in targets\.oncall must be one of .*, got token$/)
  })

  test('shows no secret when it is printed', () => {
    const config = checked({ listen: { tokenEnv: 'INCOMING' }, targets: { oncall, ops } })
    const printed = JSON.stringify({ ...config, targets: [...config.targets] }) + String(config.listen.token)
    expect(printed).toContain('[secret]')
    for (const secret of [env.TOKEN, env.SECRET, env.KEY, env.INCOMING]) expect(printed).not.toContain(secret)
  })
})

function checked(value: unknown): BridgeConfig {
  return checkConfig(value, { directory: '.', env })
}
