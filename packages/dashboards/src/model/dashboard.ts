import type { RowSpec } from './panel.ts'
import type { Text } from './text.ts'

/** A variable that lists the values of a label. Each is narrowed by those before it. */
export interface LabelVariable {
  /** Name of the variable and of the label. */
  readonly name: string
  readonly label: Text
  /** The family whose series have the label. */
  readonly metric: string
}

/** What a dashboard shows beside its panels. */
export interface AnnotationSpec {
  readonly name: Text
  readonly expr: string
  readonly color: 'blue' | 'red' | 'purple'
  readonly text: string
}

/** Which page of the exporter a dashboard reads. `batchflow` has everything that `modern` has. */
export type DashboardProfile = 'modern' | 'batchflow' | 'batchsql'

/** A dashboard as it is written down; `grafana/dashboard.ts` makes Grafana's JSON of it. */
export interface DashboardSpec {
  /** Stable, at most 40 characters: the address of the dashboard, and its file name. */
  readonly uid: string
  readonly title: Text
  readonly description: Text
  readonly tags: readonly string[]
  readonly profile: DashboardProfile
  readonly variables: readonly LabelVariable[]
  readonly annotations?: readonly AnnotationSpec[]
  readonly rows: readonly RowSpec[]
  /** Start of the time range. @defaultValue 'now-1h' */
  readonly from?: string
}
