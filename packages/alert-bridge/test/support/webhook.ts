/** An alert as Alertmanager 0.25 sends it. */
export interface SentAlert {
  readonly status: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL: string
  readonly fingerprint: string
}

/** The payload of a webhook as Alertmanager 0.25 sends it. */
export interface SentWebhook {
  readonly receiver: string
  readonly status: string
  readonly alerts: readonly SentAlert[]
  readonly groupLabels: Readonly<Record<string, string>>
  readonly commonLabels: Readonly<Record<string, string>>
  readonly commonAnnotations: Readonly<Record<string, string>>
  readonly externalURL: string
  readonly version: string
  readonly groupKey: string
  readonly truncatedAlerts: number
}

/** One alert, number `n`, in words that a message can be searched for. */
export function sentAlert(n: number, change: Partial<SentAlert> = {}): SentAlert {
  const status = change.status ?? 'firing'
  return {
    status,
    labels: { alertname: 'RowsLost', severity: 'critical', database: 'postgres', table: `table${n}` },
    annotations: {
      summary: `Rows of table${n} are lost`,
      description: 'Look at the dead letters first.',
      runbook_url: 'https://runbooks.example/RowsLost',
      dashboard_url: `https://grafana.example/d/batchflow?var-table=table${n}`,
    },
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-01-01T00:10:00Z',
    generatorURL: 'http://prometheus.example:9090/graph?g0.expr=up&g0.tab=1',
    fingerprint: `f${n}`,
    ...change,
  }
}

/** A webhook of a group with the alerts, by default one. `group` tells groups apart. */
export function sentWebhook(
  alerts: readonly SentAlert[] = [sentAlert(1)],
  { group = 'g', receiver = 'pager' }: { readonly group?: string; readonly receiver?: string } = {},
): SentWebhook {
  return {
    receiver,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    alerts,
    groupLabels: { alertname: alerts[0]?.labels['alertname'] ?? '', database: 'postgres' },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example:9093',
    version: '4',
    groupKey: `{}:{group="${group}"}`,
    truncatedAlerts: 0,
  }
}
