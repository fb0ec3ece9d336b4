import type { Alert, Notification } from '../payload/notification.ts'
import { kindLine, kindsOf, latestOf, type Detail, type Kind } from './alert-kinds.ts'
import { linkTo, shownSeverity } from './alert-lines.ts'
import type { Message } from './message.ts'
import { markOf, worstFirst } from './severity.ts'
import { headingOf, lineSize, mentionFor, roomForLines, titled, type Style } from './style.ts'

/** How much of each kind of alert is shown, from most to least: the first that fits is taken. */
const details: readonly Detail[] = [
  { examples: 20, texts: true },
  { examples: 8, texts: true },
  { examples: 3, texts: true },
  { examples: 1, texts: true },
  { examples: 1, texts: false },
]
const barest: Detail = { examples: 0, texts: false }

/** Many notifications in one message. Every alert of theirs is counted in it: those that are not shown one by one are in
 * the count of their kind, and kinds that do not fit are in the count of the last line. Worst first, so that what is
 * left out is what matters least. */
export function renderDigest(notifications: readonly Notification[], style: Style): Message {
  const { words, dialect } = style
  const alerts = latestOf(notifications)
  const kinds = kindsOf(alerts)
  const truncated = notifications.reduce((sum, notification) => sum + notification.truncated, 0)
  const mention = mentionFor(alerts, style)
  const title = titled(words.digestTitle(alerts.length), style)
  const frame = [
    words.digestOf(alerts.length, notifications.length),
    tally(alerts, style),
    ...(truncated > 0 ? [words.truncated(truncated)] : []),
  ]
  const footer = [...new Set(notifications.map(({ externalUrl }) => linkTo(words.alertmanager, externalUrl)))]
    .filter((link) => link !== '')
    .slice(0, 1)
  const sizeOf = lineSize(style)
  const taken = [...frame, ...footer].reduce((sum, line) => sum + sizeOf(line), 0)
  const lines = fitted(kinds, roomForLines(style) - taken, style)
  const [worst] = kinds
  const all = [
    headingOf(worst === undefined ? '' : markOf(worst), title),
    ...frame,
    ...lines,
    ...footer,
    ...(mention === '' ? [] : [mention]),
  ]
  return { title, text: all.join(dialect.lineBreak), mentions: mention !== '' }
}

/** A digest without a word from outside, for a robot that refuses the text of one with words. */
export function renderCounts(notifications: readonly Notification[], code: string, style: Style): Message {
  const { words, dialect } = style
  const alerts = latestOf(notifications)
  const mention = mentionFor(alerts, style)
  const title = titled(words.digestTitle(alerts.length), style)
  const lines = [
    headingOf('🔴', title),
    words.textRefused(code),
    tally(alerts, style, { plain: true }),
    ...(mention === '' ? [] : [mention]),
  ]
  return { title, text: lines.join(dialect.lineBreak), mentions: mention !== '' }
}

/** `FIRING 480 (critical 12, warning 468) · RESOLVED 19`. Without words from outside when `plain`. */
function tally(alerts: readonly Alert[], style: Style, { plain = false } = {}): string {
  const { words, dialect } = style
  const firing = alerts.filter(({ status }) => status === 'firing')
  const bySeverity = new Map<string, number>()
  for (const alert of firing.toSorted(worstFirst)) {
    const severity = shownSeverity(alert, style)
    bySeverity.set(severity, (bySeverity.get(severity) ?? 0) + 1)
  }
  // A rule file has a handful of severities; a label that is made from data could have thousands.
  const severities = [...bySeverity].slice(0, 6).map(([severity, count]) => words.count(severity, count))
  const inside = plain || severities.length === 0 ? '' : ` (${severities.join(', ')})`
  const resolved = alerts.length - firing.length
  return [
    firing.length > 0 ? dialect.coloured(words.count(words.firing, firing.length), 'firing') + inside : '',
    resolved > 0 ? dialect.coloured(words.count(words.resolved, resolved), 'resolved') : '',
  ]
    .filter((text) => text !== '')
    .join(' · ')
}

/** The lines of the kinds in the most detail that fits, and if none does, of as many kinds as fit. */
function fitted(kinds: readonly Kind[], room: number, style: Style): readonly string[] {
  const sizeOf = lineSize(style)
  for (const detail of [...details, barest]) {
    const lines = linesWithin(kinds, room, { detail, sizeOf, style })
    if (lines.length === kinds.length) return lines
  }
  const reserved = sizeOf(restLine(kinds, style))
  const lines = linesWithin(kinds, room - reserved, { detail: barest, sizeOf, style })
  return [...lines, restLine(kinds.slice(lines.length), style)]
}

/** Lines from the first kind on, until one does not fit. */
function linesWithin(
  kinds: readonly Kind[],
  room: number,
  {
    detail,
    sizeOf,
    style,
  }: { readonly detail: Detail; readonly sizeOf: (line: string) => number; readonly style: Style },
): readonly string[] {
  const lines: string[] = []
  let left = room
  for (const kind of kinds) {
    const line = kindLine(kind, detail, style)
    left -= sizeOf(line)
    if (left < 0) break
    lines.push(line)
  }
  return lines
}

function restLine(kinds: readonly Kind[], { words }: Style): string {
  const alerts = kinds.reduce((sum, kind) => sum + kind.alerts.length, 0)
  return words.notListed(alerts, kinds.length)
}
