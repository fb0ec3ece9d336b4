import type { Notification } from '../../src/payload/notification.ts'
import { parsePayload } from '../../src/payload/parse-payload.ts'
import { sentAlert, sentWebhook, type SentAlert } from './webhook.ts'

/** A notification as the bridge reads it. */
export function notification(
  alerts: readonly SentAlert[] = [sentAlert(1)],
  options: { readonly group?: string } = {},
): Notification {
  return parsePayload(Buffer.from(JSON.stringify(sentWebhook(alerts, options))))
}

/** Number `n` of many groups, with one alert each. */
export function groupNumber(n: number, severity = 'warning'): Notification {
  const labels = { alertname: `Alert${n}`, severity, table: `table${n}` }
  return notification([sentAlert(n, { labels })], { group: `g${n}` })
}
