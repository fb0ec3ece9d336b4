import type { Dialect, Tone } from '../render/dialect.ts'
import type { Robot } from './robot.ts'
import { weComErrors } from './wecom-errors.ts'

/** Bytes of `markdown.content`. */
const maxContentBytes = 4_096

/** The only colours that WeCom has: orange, green, grey. */
const colours: Readonly<Record<Tone, string>> = { firing: 'warning', resolved: 'info', aside: 'comment' }

const dialect: Dialect = {
  lineBreak: '\n',
  sizeOf: (text) => Buffer.byteLength(text),
  coloured: (text, tone) => `<font color="${colours[tone]}">${text}</font>`,
}

export interface WeComSettings {
  readonly url: URL
  readonly key: string
  readonly users: readonly string[]
}

export function weComRobot({ url, key, users }: WeComSettings): Robot {
  return {
    dialect,
    room: maxContentBytes,
    mention: users.map((user) => `<@${user}>`).join(' '),
    errors: weComErrors,
    secrets: [key],
    request({ text }) {
      const keyed = new URL(url)
      keyed.searchParams.set('key', key)
      return { url: keyed, body: JSON.stringify({ msgtype: 'markdown', markdown: { content: text } }) }
    },
  }
}
