import type { DashboardSpec } from '../model/dashboard.ts'
import { batchflow } from './batchflow.ts'
import { batchsql } from './batchsql.ts'
import { chatimMessages } from './chatim/messages.ts'
import { chatimOverview } from './chatim/overview.ts'
import { chatimPerformance } from './chatim/performance.ts'
import { exporter } from './exporter.ts'
import { integrity, overview, retry, trend } from './guide-000.ts'
import { performance } from './performance.ts'
import { runtime } from './runtime.ts'
import { slo } from './slo.ts'
import { tables } from './tables.ts'

/** All dashboards; the first is the one to begin with. */
export const dashboards: readonly DashboardSpec[] = [
  batchflow,
  tables,
  slo,
  performance,
  retry,
  overview,
  integrity,
  trend,
  runtime,
  exporter,
  batchsql,
  chatimOverview,
  chatimMessages,
  chatimPerformance,
]
