import type { Alert, Notification } from '../payload/notification.ts'
import { labelText, linkTo, shownName, shownSeverity } from './alert-lines.ts'
import { plainText } from './plain-text.ts'
import { markOf, worstFirst } from './severity.ts'
import type { Style } from './style.ts'

// Bytes of UTF-8.
const maxExampleBytes = 120
const maxSummaryBytes = 200

/** The last known state of each alert: one that fired and was resolved while it waited is told as resolved. */
export function latestOf(notifications: readonly Notification[]): readonly Alert[] {
  const latest = new Map<string, Alert>()
  for (const { alerts } of notifications) for (const alert of alerts) latest.set(alert.fingerprint, alert)
  return [...latest.values()]
}

/** Alerts that share a line of a digest. */
export interface Kind {
  readonly name: string
  readonly severity: string
  readonly status: string
  readonly alerts: Alert[]
}

export function kindsOf(alerts: readonly Alert[]): readonly Kind[] {
  const kinds = new Map<string, Kind>()
  for (const alert of alerts) {
    const { name, severity, status } = alert
    const key = JSON.stringify([name, severity, status])
    const kind = kinds.get(key) ?? { name, severity, status, alerts: [] }
    kind.alerts.push(alert)
    kinds.set(key, kind)
  }
  return [...kinds.values()].toSorted((a, b) => worstFirst(a, b) || b.alerts.length - a.alerts.length)
}

/** How much of a kind is shown. */
export interface Detail {
  /** Alerts that are named one by one. */
  readonly examples: number
  /** Whether the summary, if they share one, and the runbook are there. */
  readonly texts: boolean
}

export function kindLine(kind: Kind, { examples, texts }: Detail, style: Style): string {
  const [first] = kind.alerts
  const isShared = kind.alerts.every(({ summary }) => summary === first?.summary)
  const parts = [
    `${markOf(kind)} **${shownSeverity(kind, style)}** ${shownName(kind, style)} × ${kind.alerts.length}`,
    texts && isShared ? plainText(first?.summary ?? '', maxSummaryBytes) : '',
    examplesOf(kind, examples, style),
    texts ? linkTo(style.words.runbook, first?.runbookUrl ?? '') : '',
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

/** What tells the alerts of a kind apart: the labels that differ among them. */
function examplesOf({ alerts }: Kind, max: number, { words }: Style): string {
  if (max === 0) return ''
  const shown = alerts.slice(0, max)
  const differing = differingLabels(alerts)
  const texts = shown
    .map(({ labels }) =>
      labelText(
        labels.filter(([name]) => alerts.length === 1 || differing.has(name)),
        maxExampleBytes,
      ),
    )
    .filter((text) => text !== '')
  if (texts.length === 0) return ''
  const more = alerts.length - shown.length
  return [...texts, ...(more > 0 ? [words.moreExamples(more)] : [])].join('; ')
}

function differingLabels(alerts: readonly Alert[]): ReadonlySet<string> {
  const seen = new Map<string, { value: string; count: number; differs: boolean }>()
  for (const { labels } of alerts)
    for (const [name, value] of labels) {
      const label = seen.get(name) ?? { value, count: 0, differs: false }
      label.count++
      label.differs ||= label.value !== value
      seen.set(name, label)
    }
  return new Set(
    [...seen].filter(([, { differs, count }]) => differs || count < alerts.length).map(([name]) => name),
  )
}
