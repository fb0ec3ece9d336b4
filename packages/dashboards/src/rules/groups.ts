import type { MonitoringConfig } from '../config/config.ts'
import { alertRule, type AlertSpec, type RuleGroup } from './alert.ts'
import { flowAlerts } from './flow-alerts.ts'
import { guide000Alerts, guide004Alerts } from './guide-alerts.ts'
import { objectiveAlerts } from './objectives.ts'
import { processAlerts } from './process-alerts.ts'

/** Alerts that a careful operator would load. */
export const operatorAlerts: readonly AlertSpec[] = [...objectiveAlerts, ...flowAlerts, ...processAlerts]

/** Alerts of the guides, corrected: opt-in, never together with the operator's, or one cause would page twice. */
export const guideAlerts: readonly AlertSpec[] = [...guide000Alerts, ...guide004Alerts]

/** The operator's set as groups of a rule file. */
export function operatorGroups(config: MonitoringConfig): RuleGroup[] {
  return [
    group('batchflow-objectives', objectiveAlerts, config),
    group('batchflow-flows', flowAlerts, config),
    group('batchflow-processes', processAlerts, config),
  ]
}

/** The guides' set as groups of a rule file. */
export function guideGroups(config: MonitoringConfig): RuleGroup[] {
  return [
    group('guide-000-batchflow', guide000Alerts, config),
    group('guide-004-chatim', guide004Alerts, config),
  ]
}

function group(name: string, alerts: readonly AlertSpec[], config: MonitoringConfig): RuleGroup {
  return { name, rules: alerts.map((alert) => alertRule(alert, config)) }
}
