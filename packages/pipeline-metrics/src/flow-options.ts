import type { Target } from '@batchflow/core'
import { checkBoolean, checkFunction, checkLabels, checkName, checkOptions, checkTargets } from './check.ts'
import type { FlowEvent } from './flow-event.ts'
import type { Labels } from './metric.ts'

/** Options of `flowMetrics`. */
export interface FlowMetricsOptions {
  /** The `database` label. @defaultValue the driver's name */
  readonly database?: string
  /** The flow's stable logical name, such as `signup`: the `instance_id` and `test_name` labels. Never a process id or
   * a host name, which the scraper adds itself. Flows with equal `database` and `instanceId` share their series.
   * @defaultValue 'default' */
  readonly instanceId?: string
  /** The `revision` label of `batchflow_build_info`, such as the commit that is deployed. @defaultValue 'unknown' */
  readonly revision?: string
  /** More labels for this flow's series, such as a tenant. A reporter may want their names first: that of
   * `@batchflow/prometheus` takes them as `extraLabels`. @defaultValue none */
  readonly labels?: Labels
  /** The targets of the flow. Events name a target and say nothing else of it; with the definitions the opt-in details
   * and `batchflow_response_time_seconds` tell inserts from upserts and count arguments. @defaultValue none */
  readonly targets?: readonly Target[]
  /** Whether the opt-in details have the `table` label: as many series more as there are tables, times stages and
   * reasons. @defaultValue false */
  readonly detailTables?: boolean
  /** Labels of an exemplar for a batch that was settled, such as the id of a trace; called once per batch. Reporters
   * keep the last one per bucket, or ignore it. @defaultValue none */
  readonly exemplar?: (batch: SettledBatch) => Labels | undefined
}

/** What {@link FlowMetricsOptions.exemplar} is told of a batch. */
export type SettledBatch = FlowEvent<'batchSettled'>

/** Options checked and complete. */
export interface FlowOptions {
  readonly database: string | undefined
  readonly instanceId: string
  readonly revision: string
  readonly labels: Labels
  readonly targets: readonly Target[]
  readonly detailTables: boolean
  readonly exemplar: FlowMetricsOptions['exemplar']
}

const names = ['database', 'instanceId', 'revision', 'labels', 'targets', 'detailTables', 'exemplar'] as const

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkedFlowOptions(options: FlowMetricsOptions): FlowOptions {
  checkOptions(options, names)
  const { database, instanceId = 'default', revision = 'unknown', labels = {}, exemplar } = options
  const { targets = [], detailTables = false } = options
  if (database !== undefined) checkName('database', database)
  checkName('instanceId', instanceId)
  checkName('revision', revision)
  checkLabels('labels', labels)
  checkTargets('targets', targets)
  checkBoolean('detailTables', detailTables)
  if (exemplar !== undefined) checkFunction('exemplar', exemplar)
  return { database, instanceId, revision, labels, targets, detailTables, exemplar }
}
