import type { MonitoringConfig } from '../config/config.ts'
import { duration } from '../config/duration.ts'
import { alertRule, type AlertSpec } from '../rules/alert.ts'

/** Grafana's data source. Its interval is that of the scrapes, or `$__rate_interval` would be wrong. */
export function datasourceProvisioning(config: MonitoringConfig): object {
  return {
    apiVersion: 1,
    datasources: [
      {
        name: 'Prometheus',
        uid: 'prometheus',
        type: 'prometheus',
        access: 'proxy',
        url: '${PROMETHEUS_URL}',
        isDefault: true,
        editable: false,
        jsonData: {
          httpMethod: 'POST',
          timeInterval: duration(config.scrapeIntervalSeconds),
          prometheusType: 'Prometheus',
          prometheusVersion: '2.42.0',
        },
      },
    ],
  }
}

/** Where Grafana finds dashboards. */
export function dashboardProvisioning(): object {
  return {
    apiVersion: 1,
    providers: [
      {
        name: 'BatchFlow',
        folder: 'BatchFlow',
        type: 'file',
        disableDeletion: true,
        allowUiUpdates: false,
        updateIntervalSeconds: 30,
        options: { path: '/var/lib/grafana/dashboards' },
      },
    ],
  }
}

/** The operator's alerts as Grafana's own, all paused: they are Prometheus' job. Guide 000's legacy block in the form
 * that Grafana 11 and later understand. They need the recorded series of `recording.rules.yml`. */
export function alertProvisioning(alerts: readonly AlertSpec[], config: MonitoringConfig): object {
  const interval = duration(Math.max(60, config.evaluationIntervalSeconds))
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: 'batchflow',
        folder: 'BatchFlow',
        interval,
        rules: alerts.map((alert, i) => grafanaRule(alert, i, config)),
      },
    ],
  }
}

function grafanaRule(spec: AlertSpec, index: number, config: MonitoringConfig): object {
  const rule = alertRule(spec, config)
  const annotations = Object.fromEntries(
    Object.entries(rule.annotations).map(([name, text]) => [
      name,
      text.replaceAll('$value', '$values.A.Value'),
    ]),
  )
  return {
    uid: `batchflow-${String(index + 1).padStart(2, '0')}`,
    title: spec.labels?.['window'] === undefined ? spec.name : `${spec.name} ${spec.labels['window']}`,
    condition: 'B',
    data: [
      {
        refId: 'A',
        relativeTimeRange: { from: 600, to: 0 },
        datasourceUid: 'prometheus',
        model: { refId: 'A', expr: rule.expr, instant: true, range: false },
      },
      {
        refId: 'B',
        relativeTimeRange: { from: 0, to: 0 },
        datasourceUid: '__expr__',
        // The query has the limit in it: whatever it answers with is an alert, zero too (`up == 0`).
        model: { refId: 'B', type: 'math', expression: '$A >= 0 || $A < 0' },
      },
    ],
    for: rule.for,
    noDataState: 'OK',
    execErrState: 'Error',
    isPaused: true,
    labels: rule.labels,
    annotations,
  }
}
