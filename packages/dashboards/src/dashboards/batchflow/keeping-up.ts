import { thresholds, timeseries, type RowSpec } from '../../model/panel.ts'
import { t } from '../../model/text.ts'
import { flow, mean, q, quantile, rate, ratio, sumRate } from '../../promql/fragments.ts'

const perFlow = ['database', 'instance_id']
const flowLegend = '{{database}} {{instance_id}}'

export const keepingUp: RowSpec = {
  title: t('Is it keeping up', '能否跟上'),
  collapsed: true,
  panels: [
    timeseries({
      title: t('Pending rows and capacity', '待处理行与容量'),
      runbook: 'BatchFlowQueueNearFull',
      description: t(
        'Rows accepted and not settled: buffered, in flight, retrying. At capacity submit waits.',
        '已接受但未完成的行：缓冲、执行中、重试中。达到容量后 submit 会等待。',
      ),
      unit: 'short',
      width: 6,
      min: 0,
      queries: [
        q(`sum(batchflow_rows_pending{${flow}})`, t('pending', '待处理')),
        q(`sum(batchflow_queue_capacity_rows{${flow}})`, t('capacity', '容量')),
      ],
    }),
    timeseries({
      title: t('Age of the oldest row', '最老行的等待时间'),
      runbook: 'BatchFlowOldestRow',
      description: t(
        'Above the flush interval by much: batches wait for a slot, or a table is stopped.',
        '远高于刷新间隔：批次在等待并发槽，或某张表已停止写入。',
      ),
      unit: 's',
      width: 6,
      min: 0,
      thresholds: thresholds([60, 'red']),
      queries: [
        q(`max by (database, instance_id) (batchflow_queue_oldest_age_seconds{${flow}})`, flowLegend),
      ],
    }),
    timeseries({
      title: t('Callers held back', '被阻塞的调用方'),
      runbook: 'BatchFlowQueueNearFull',
      description: t(
        'Submits waiting now, and seconds of waiting per second: 2 s/s are two callers who do nothing but wait.',
        '当前等待的 submit 数量，以及每秒累计等待秒数：2 表示有两个调用方一直在等待。',
      ),
      unit: 'short',
      width: 6,
      min: 0,
      queries: [
        q(`sum(batchflow_submit_waiting{${flow}})`, t('waiting', '等待中')),
        q(sumRate('batchflow_submit_blocked_seconds_total', flow), t('blocked s/s', '阻塞 秒/秒')),
      ],
    }),
    timeseries({
      title: t('Slot utilisation', '并发槽利用率'),
      runbook: 'BatchFlowQueueNearFull',
      description: t(
        'Batch seconds per second over the concurrency limit. Near 100 %: the database is the limit, or the limit is too low.',
        '每秒执行秒数除以并发上限。接近 100%：瓶颈在数据库，或上限过低。',
      ),
      unit: 'percentunit',
      width: 6,
      min: 0,
      queries: [
        q(
          ratio(
            sumRate('batchflow_executor_busy_seconds_total', flow, perFlow),
            `sum by (database, instance_id) (batchflow_executor_concurrency{${flow}})`,
          ),
          flowLegend,
        ),
      ],
    }),
  ],
}

export const whereTimeGoes: RowSpec = {
  title: t('Where does the time go', '时间花在哪里'),
  collapsed: true,
  panels: [
    timeseries({
      title: t('Mean time per stage', '各阶段平均耗时'),
      runbook: 'BatchFlowCommitLatency',
      description: t(
        'Waiting for room, waiting for company, making the statement, executing with retries. The highest band is what to work on.',
        '等待空间、等待攒批、组装语句、执行（含重试）。最高的一层就是优化重点。',
      ),
      unit: 's',
      stack: 'normal',
      queries: [
        q(mean('batchflow_enqueue_latency_seconds', flow), t('enqueue', '入队')),
        q(mean('batchflow_pipeline_dequeue_latency_seconds', flow), t('dequeue', '出队等待')),
        q(mean('batchflow_batch_assemble_duration_seconds', flow), t('assemble', '组装')),
        q(mean('batchflow_execute_duration_seconds', flow), t('execute', '执行')),
      ],
    }),
    timeseries({
      title: t('Execute p95 by table (top 10)', '各表执行耗时 p95（前 10）'),
      runbook: 'BatchFlowCommitLatency',
      description: t(
        'Retries and back-off included. A table far above the others: a missing index, triggers, locks.',
        '包含重试与退避。明显高于其他表：缺少索引、触发器或锁。',
      ),
      unit: 's',
      queries: [
        q(`topk(10, ${quantile(0.95, 'batchflow_execute_duration_seconds', flow, ['table'])})`, '{{table}}'),
      ],
    }),
    timeseries({
      title: t('Retries and back-off', '重试与退避'),
      runbook: 'BatchFlowRetryStorm',
      description: t(
        'Retried attempts per second by reason, and seconds of back-off per second.',
        '按原因统计的每秒重试次数，以及每秒退避秒数。',
      ),
      unit: 'ops',
      overrides: [{ pattern: '/back-off|退避/', unit: 's' }],
      queries: [
        q(
          `sum by (error_type) (${rate('batchflow_errors_total', `${flow},error_type=~"retry:.+"`)}) > 0`,
          '{{error_type}}',
          'data-after-faults',
        ),
        q(sumRate('batchflow_retry_backoff_seconds_total', flow), t('back-off s/s', '退避 秒/秒')),
      ],
    }),
  ],
}
