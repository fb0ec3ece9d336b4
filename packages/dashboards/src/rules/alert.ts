import { pendingFor } from '../config/duration.ts'
import type { MonitoringConfig } from '../config/config.ts'
import { withPrefix } from '../promql/with-prefix.ts'

/** Who has to act: somebody now, somebody this week, nobody. */
export type Severity = 'critical' | 'warning' | 'none'

/** An alert as it is written down. */
export interface AlertSpec {
  readonly name: string
  readonly severity: Severity
  readonly expr: (config: MonitoringConfig) => string
  /** How long the condition has to hold, as Prometheus writes it. */
  readonly for: string
  readonly component: string
  /** More labels of its own. */
  readonly labels?: Readonly<Record<string, string>>
  /** What is wrong, in one line. */
  readonly summary: string
  /** The value, and what to do first. */
  readonly description: string
  /** The dashboard that shows it, and the variables that its labels fill in. */
  readonly dashboard: string
  readonly variables: readonly string[]
  /** What is weak about it; guides' alerts only. */
  readonly weakness?: string
}

/** An alert in the form of a rule file. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** A recorded series in the form of a rule file. */
export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

/** Rules that are evaluated one after the other. */
export interface RuleGroup {
  readonly name: string
  readonly interval?: string
  readonly rules: readonly (AlertRule | RecordingRule)[]
}

/** The rule of an alert. */
export function alertRule(spec: AlertSpec, config: MonitoringConfig): AlertRule {
  const { runbookUrl, grafanaUrl } = config
  const variables = spec.variables.map((name) => `var-${name}={{ $labels.${name} | urlquery }}`)
  const query = variables.length === 0 ? '' : `?${variables.join('&')}`
  return {
    alert: spec.name,
    expr: withPrefix(spec.expr(config), config.prefix),
    for: pendingFor(spec.for, config),
    labels: { severity: spec.severity, service: 'batchflow', component: spec.component, ...spec.labels },
    annotations: {
      summary: spec.summary,
      description: spec.description,
      runbook_url: `${runbookUrl}${spec.name}.md`,
      dashboard_url: `${grafanaUrl}/d/${spec.dashboard}${query}`,
    },
  }
}
