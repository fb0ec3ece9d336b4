import type { DashboardSpec } from '../model/dashboard.ts'
import { t } from '../model/text.ts'
import { flowAnnotations, flowVariables } from './common.ts'
import { compared, overview, quality, resources, trends } from './performance/throughput.ts'
import { executor, retries, stages } from './performance/stages.ts'

/** The 26 panels of the Go edition's performance dashboard in its 8 rows, for people who migrate, repaired. */
export const performance: DashboardSpec = {
  // Not the original's uid: importing this must not replace what somebody has.
  uid: 'batchflow-performance-ts',
  title: t('BatchFlow performance, by flow', 'BatchFlow 多维度性能分析面板（TypeScript 版）'),
  description: t(
    'The performance dashboard of the Go edition with its faults repaired. New users start with "BatchFlow".',
    'Go 版性能面板的修复版。新用户请从 “BatchFlow 总览” 开始。',
  ),
  tags: ['batchflow', 'performance'],
  profile: 'batchflow',
  variables: flowVariables,
  annotations: flowAnnotations,
  rows: [overview, trends, resources, quality, compared, stages, executor, retries],
}
