import type { Alert } from '../payload/notification.ts'
import type { Dialect } from './dialect.ts'
import { cut } from './plain-text.ts'
import type { Words } from './words.ts'

/** How messages of one target look. */
export interface Style {
  readonly dialect: Dialect
  readonly words: Words
  readonly showTime: (time: string) => string
  /** A word that the robot wants to see in each message, or an empty string. */
  readonly keyword: string
  /** Bytes of one message's text, counted as the dialect does. */
  readonly room: number
  /** Text that calls people, or an empty string. */
  readonly mention: string
  /** Severities whose firing alerts call them. */
  readonly mentionSeverities: ReadonlySet<string>
}

/** Bytes of a title: short enough for a phone, and what is kept free of a message's room for its heading. */
const maxTitleBytes = 160

/** The title with the robot's keyword, which counts only if it is whole. */
export function titled(title: string, { keyword }: Style): string {
  const room = maxTitleBytes - Buffer.byteLength(keyword)
  return keyword === '' ? cut(title, maxTitleBytes) : `${cut(title, room - 3)} · ${keyword}`
}

export function headingOf(mark: string, title: string): string {
  return `### ${mark} ${title}`
}

export function mentionFor(alerts: Iterable<Alert>, { mention, mentionSeverities }: Style): string {
  if (mention === '') return ''
  for (const { status, severity } of alerts)
    if (status === 'firing' && mentionSeverities.has(severity)) return mention
  return ''
}

/** What lines may take of a message beside its heading and its mention. */
export function roomForLines({ dialect, room, mention }: Style): number {
  // The longest mark and part number, and two line breaks.
  const frame = dialect.sizeOf(headingOf('🔴', '')) + 2 * dialect.sizeOf(dialect.lineBreak) + 32
  // A title holds nothing that takes more than twice its bytes in JSON.
  return room - frame - 2 * maxTitleBytes - dialect.sizeOf(mention)
}

/** Bytes of a line and of the break behind it. */
export function lineSize({ dialect }: Style): (line: string) => number {
  const lineBreak = dialect.sizeOf(dialect.lineBreak)
  return (line) => dialect.sizeOf(line) + lineBreak
}
