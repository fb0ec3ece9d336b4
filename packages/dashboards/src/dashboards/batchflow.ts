import type { DashboardSpec } from '../model/dashboard.ts'
import { t } from '../model/text.ts'
import { flowAnnotations, flowVariables } from './common.ts'
import { inOrder } from './batchflow/in-order.ts'
import { fast, lost } from './batchflow/fast-and-lost.ts'
import { keepingUp, whereTimeGoes } from './batchflow/keeping-up.ts'
import { process, tuned } from './batchflow/tuning-and-process.ts'

/** The dashboard to begin with: seven questions, from "is it OK" to "is it the database or the process". */
export const batchflow: DashboardSpec = {
  uid: 'batchflow',
  title: t('BatchFlow', 'BatchFlow 总览'),
  description: t(
    'Is it OK, is it fast, is anything lost, is it keeping up, where does the time go, is batching tuned, is it the database or the process.',
    '是否正常、是否够快、有无丢失、能否跟上、时间花在哪里、批处理是否调优、问题在数据库还是进程。',
  ),
  tags: ['batchflow'],
  profile: 'modern',
  variables: flowVariables,
  annotations: flowAnnotations,
  rows: [inOrder, fast, lost, keepingUp, whereTimeGoes, tuned, process],
}
