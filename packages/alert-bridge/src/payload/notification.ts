export type AlertStatus = 'firing' | 'resolved'

export type LabelPairs = readonly (readonly [name: string, value: string])[]

/** One alert of a notification, as it came: nothing in it is safe to print yet. */
export interface Alert {
  readonly status: AlertStatus
  /** What makes it the same alert from one notification to the next. */
  readonly fingerprint: string
  /** The label `alertname`, or an empty string. */
  readonly name: string
  /** The label `severity`, or an empty string. */
  readonly severity: string
  /** All labels but `alertname` and `severity`. */
  readonly labels: LabelPairs
  readonly summary: string
  readonly description: string
  readonly startsAt: string
  /** Empty while the alert is firing. */
  readonly endsAt: string
  readonly runbookUrl: string
  readonly dashboardUrl: string
  /** Where the expression can be seen in Prometheus. */
  readonly sourceUrl: string
}

/** What Alertmanager sends in one request: the present state of one group of alerts. */
export interface Notification {
  readonly receiver: string
  readonly status: AlertStatus
  readonly groupKey: string
  /** Labels that the alerts were grouped by. */
  readonly groupLabels: LabelPairs
  /** Address of Alertmanager's page. */
  readonly externalUrl: string
  readonly alerts: readonly Alert[]
  /** Alerts of the group that Alertmanager left out (`max_alerts`). */
  readonly truncated: number
  /** Equal for two notifications that tell the same: the group, and the state of each alert. */
  readonly identity: string
  /** Size of the request, which bounds what the notification holds in memory. */
  readonly bytes: number
}
