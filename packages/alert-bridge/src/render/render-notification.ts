import type { Notification } from '../payload/notification.ts'
import { alertLines, labelText, linkTo, shownName } from './alert-lines.ts'
import type { Message } from './message.ts'
import { markOf, worstFirst } from './severity.ts'
import { splitLines } from './split-lines.ts'
import { headingOf, lineSize, mentionFor, roomForLines, titled, type Style } from './style.ts'

/** A notification in full: each alert with its texts, labels and links, worst first, in as many messages as that takes.
 * The same notification always gives the same messages, so that a series that broke off can be taken up again. */
export function renderNotification(notification: Notification, style: Style): readonly Message[] {
  const { words, dialect } = style
  const alerts = notification.alerts.toSorted(worstFirst)
  const [worst] = alerts
  const firing = alerts.filter(({ status }) => status === 'firing').length
  const state = firing > 0 ? `${words.firing}:${firing}` : `${words.resolved}:${alerts.length}`
  const name = worst === undefined ? words.noName : shownName(worst, style)
  const parts = splitLines(
    [
      [stateLine(notification, firing, style)],
      ...alerts.map((alert) => alertLines(alert, notification, style)),
      footer(notification, style),
    ],
    { room: roomForLines(style), sizeOf: lineSize(style) },
  )
  const mention = mentionFor(alerts, style)
  return parts.map((lines, i) => {
    const title =
      titled(`[${state}] ${name}`, style) + (parts.length > 1 ? ` ${words.part(i + 1, parts.length)}` : '')
    // Calling people once is enough.
    const called = i === 0 && mention !== ''
    const all = [
      headingOf(worst === undefined ? '' : markOf(worst), title),
      ...lines,
      ...(called ? [mention] : []),
    ]
    return { title, text: all.join(dialect.lineBreak), mentions: called }
  })
}

function stateLine({ alerts, groupLabels }: Notification, firing: number, style: Style): string {
  const { words, dialect } = style
  const resolved = alerts.length - firing
  const counts = [
    firing > 0 ? dialect.coloured(words.count(words.firing, firing), 'firing') : '',
    resolved > 0 ? dialect.coloured(words.count(words.resolved, resolved), 'resolved') : '',
    labelText(groupLabels.filter(([name]) => name !== 'alertname')),
  ]
  return counts.filter((text) => text !== '').join(' · ')
}

function footer({ truncated, externalUrl }: Notification, { words }: Style): readonly string[] {
  return [truncated > 0 ? words.truncated(truncated) : '', linkTo(words.alertmanager, externalUrl)].filter(
    (line) => line !== '',
  )
}
