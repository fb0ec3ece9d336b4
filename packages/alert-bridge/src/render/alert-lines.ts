import type { Alert, LabelPairs, Notification } from '../payload/notification.ts'
import { cut, plainText } from './plain-text.ts'
import { safeUrl } from './safe-url.ts'
import { markOf } from './severity.ts'
import type { Style } from './style.ts'

// Bytes of UTF-8. Together with three links they leave room in a message of WeCom, which has 4,096.
const maxNameBytes = 120
const maxSummaryBytes = 600
const maxDescriptionBytes = 1_200
const maxLabelBytes = 160
const maxLabelsBytes = 800

/** The lines of one alert. Everything that came from outside is made plain. */
export function alertLines(alert: Alert, { groupLabels }: Notification, style: Style): readonly string[] {
  const { words, dialect, showTime } = style
  const start = showTime(alert.startsAt)
  const end = showTime(alert.endsAt)
  const head = [
    `${markOf(alert)} **${shownSeverity(alert, style)}** ${shownName(alert, style)}`,
    ...(start === '' ? [] : [words.since(start)]),
    ...(end === '' ? [] : [words.resolvedAt(end)]),
  ]
  const summary = plainText(alert.summary, maxSummaryBytes)
  const description = plainText(alert.description, maxDescriptionBytes)
  const grouped = new Set(groupLabels.map(([name]) => name))
  const labels = labelText(alert.labels.filter(([name]) => !grouped.has(name)))
  return [
    head.join(' · '),
    summary,
    description === '' ? '' : `> ${description}`,
    labels === '' ? '' : dialect.coloured(labels, 'aside'),
    linksOf(alert, style),
  ].filter((line) => line !== '')
}

export function shownName({ name }: Pick<Alert, 'name'>, { words }: Style): string {
  return plainText(name, maxNameBytes) || words.noName
}

export function shownSeverity({ severity }: Pick<Alert, 'severity'>, { words }: Style): string {
  return plainText(severity, 40) || words.noSeverity
}

/** `table=users, instance=a:2112`, cut at its end. */
export function labelText(labels: LabelPairs, maxBytes: number = maxLabelsBytes): string {
  const shown = labels.map(
    ([name, value]) => `${plainText(name, maxLabelBytes)}=${plainText(value, maxLabelBytes)}`,
  )
  return cut(shown.join(', '), maxBytes)
}

/** Links whose texts are ours, so what they say is where they lead. */
function linksOf({ runbookUrl, dashboardUrl, sourceUrl }: Alert, { words }: Style): string {
  return [
    linkTo(words.runbook, runbookUrl),
    linkTo(words.dashboard, dashboardUrl),
    linkTo(words.source, sourceUrl),
  ]
    .filter((link) => link !== '')
    .join(' · ')
}

/** A markdown link, or nothing for an address that nobody should click. */
export function linkTo(text: string, address: string): string {
  const url = safeUrl(address)
  return url === undefined ? '' : `[${text}](${url})`
}
