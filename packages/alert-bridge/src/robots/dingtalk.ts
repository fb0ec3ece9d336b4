import { createHmac } from 'node:crypto'
import type { Dialect } from '../render/dialect.ts'
import { dingTalkErrors } from './dingtalk-errors.ts'
import type { Robot } from './robot.ts'

/** Bytes of a message. Whether DingTalk counts the text or the request it does not say, so the request is kept below. */
const maxRequestBytes = 20_000
/** What a request has beside its text and mentions: names, braces, and the title with its part number. */
const envelopeBytes = 600

/** What DingTalk's client renders: headings, bold, quotes, links. One line break is none to it, two are. */
const dialect: Dialect = {
  lineBreak: '\n\n',
  // As JSON, without the quotes.
  sizeOf: (text) => Buffer.byteLength(JSON.stringify(text)) - 2,
  coloured: (text) => text,
}

export interface DingTalkSettings {
  readonly url: URL
  readonly token: string
  /** Signs the requests; undefined for a robot that is secured by keyword or address. */
  readonly secret: string | undefined
  readonly mobiles: readonly string[]
  readonly users: readonly string[]
  readonly everyone: boolean
}

export function dingTalkRobot({ url, token, secret, mobiles, users, everyone }: DingTalkSettings): Robot {
  const at = { atMobiles: mobiles, atUserIds: users, isAtAll: everyone }
  const atBytes = Buffer.byteLength(JSON.stringify(at))
  return {
    dialect,
    room: maxRequestBytes - envelopeBytes - atBytes,
    // A person is called only when the text has the number as well.
    mention: [...mobiles, ...users, ...(everyone ? ['所有人'] : [])].map((person) => `@${person}`).join(' '),
    errors: dingTalkErrors,
    secrets: secret === undefined ? [token] : [token, secret],
    request({ title, text, mentions }, wallTime) {
      const signed = new URL(url)
      signed.searchParams.set('access_token', token)
      if (secret !== undefined) {
        const timestamp = String(Math.trunc(wallTime))
        signed.searchParams.set('timestamp', timestamp)
        signed.searchParams.set('sign', signatureOf(timestamp, secret))
      }
      const body = { msgtype: 'markdown', markdown: { title, text }, ...(mentions && { at }) }
      return { url: signed, body: JSON.stringify(body) }
    },
  }
}

/** HMAC-SHA256 of `timestamp`, a line feed and the secret, with the secret as its key, in base64. The timestamp is in
 * milliseconds and has to be within an hour of DingTalk's clock.
 * Source: https://open.dingtalk.com/document/robots/customize-robot-security-settings */
export function signatureOf(timestamp: string, secret: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
}
