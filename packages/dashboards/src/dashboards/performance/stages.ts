import { gauge, stat, thresholds, timeseries, type PanelSpec, type RowSpec } from '../../model/panel.ts'
import { t, type Text } from '../../model/text.ts'
import { flow, mean, q, quantile, rate, ratio, sumRate } from '../../promql/fragments.ts'
import { zeroIsUnlimited } from '../common.ts'

interface Stage {
  readonly title: Text
  readonly description: Text
  readonly histogram: string
  readonly by: string
}

/** One of the six stage panels of guide 003: three quantiles. */
function stage({ title, description, histogram, by }: Stage): PanelSpec {
  const queries = [0.5, 0.95, 0.99].map((p) =>
    q(quantile(p, histogram, flow, [by]), `p${p * 100} ({{${by}}})`),
  )
  return timeseries({ title, description, unit: 's', height: 7, queries })
}

export const stages: RowSpec = {
  title: t('Pipeline stages', '🧩 流水线阶段（核心阶段指标）'),
  panels: [
    stage({
      title: t('Enqueue (p50/p95/p99)', '入队延迟 (p50/p95/p99)'),
      description: t(
        'From submit to acceptance. Grows when the buffer is full.',
        '从 submit 到被接受的时间。缓冲区满时会增长。',
      ),
      histogram: 'batchflow_enqueue_latency_seconds',
      by: 'database',
    }),
    stage({
      title: t('Assemble (p50/p95/p99)', '攒批耗时 (p50/p95/p99)'),
      description: t(
        'Making a batch of rows ready: joining rows with the same key. Work of the processor.',
        '整理批次（合并相同键的行）的耗时，消耗 CPU。',
      ),
      histogram: 'batchflow_batch_assemble_duration_seconds',
      by: 'database',
    }),
    stage({
      title: t('Execute (p50/p95/p99)', '执行耗时 (p50/p95/p99)（按测试名）'),
      description: t('One batch, retries and back-off included.', '单个批次的执行时间，包含重试与退避。'),
      histogram: 'batchflow_execute_duration_seconds',
      by: 'instance_id',
    }),
    timeseries({
      title: t('Batch size (mean/p95)', '批大小 (平均/p95)'),
      description: t('Rows per batch.', '每批行数。'),
      unit: 'short',
      height: 7,
      queries: [
        q(mean('batchflow_batch_size', flow, ['database']), t('mean ({{database}})', '平均 ({{database}})')),
        q(quantile(0.95, 'batchflow_batch_size', flow, ['database']), 'p95 ({{database}})'),
      ],
    }),
    stage({
      title: t('Process (p50/p95/p99)', '流水线处理耗时 (p50/p95/p99)（按状态）'),
      description: t(
        'A whole flush, by whether all of its rows were written.',
        '一次完整刷新的耗时，按是否全部写入区分。',
      ),
      histogram: 'batchflow_pipeline_process_duration_seconds',
      by: 'status',
    }),
    stage({
      title: t('Dequeue (p50/p95/p99)', '流水线出队等待 (p50/p95/p99)'),
      description: t(
        'How long the oldest row of a batch waited for company and a slot.',
        '批次中最老的行等待攒批与并发槽的时间。',
      ),
      histogram: 'batchflow_pipeline_dequeue_latency_seconds',
      by: 'database',
    }),
    timeseries({
      title: t('Dropped events (by reason)', '流水线丢弃错误速率 (by reason)'),
      description: t(
        'Errors that nobody read in time, and rows dropped by policy. Flat at zero is right.',
        '未被及时读取的错误事件与按策略丢弃的行。保持为零是正常的。',
      ),
      unit: 'cps',
      width: 24,
      height: 7,
      queries: [
        q(
          sumRate('batchflow_pipeline_dropped_total', flow, ['database', 'reason']),
          '{{database}} {{reason}}',
        ),
      ],
    }),
  ],
}

export const executor: RowSpec = {
  title: t('Executor and queue', '⚙️ 执行器与队列'),
  panels: [
    gauge({
      title: t('Concurrency limit', '执行并发度'),
      description: t(
        'Batches that may be written at once; 0 means unlimited.',
        '允许同时写入的批次数；0 表示不限。',
      ),
      unit: 'short',
      width: 12,
      height: 6,
      valueTexts: zeroIsUnlimited,
      queries: [q(`max by (database) (batchflow_executor_concurrency{${flow}})`, '{{database}}')],
    }),
    gauge({
      title: t('Queue length', '队列长度'),
      description: t('Rows waiting for their batch to be cut.', '等待组成批次的行数。'),
      unit: 'short',
      width: 12,
      height: 6,
      min: 0,
      queries: [q(`sum by (database) (batchflow_pipeline_queue_length{${flow}})`, '{{database}}')],
    }),
    timeseries({
      title: t('Batches in flight', '在途批次数'),
      description: t('Batches being written now.', '正在写入的批次数。'),
      unit: 'short',
      width: 24,
      height: 6,
      queries: [q(`sum by (database) (batchflow_inflight_batches{${flow}})`, '{{database}}')],
    }),
  ],
}

const errors = (kind: 'retry' | 'final') =>
  q(
    `sum by (database, error_type) (${rate('batchflow_errors_total', `${flow},error_type=~"${kind}:.+"`)}) > 0`,
    '{{database}} {{error_type}}',
    'data-after-faults',
  )

export const retries: RowSpec = {
  title: t('Retries and failures', '🔁 重试与最终失败'),
  panels: [
    timeseries({
      title: t('Retries (retry:*)', '重试速率（retry:*）'),
      description: t('Attempts that were repeated, by reason.', '被重试的尝试，按原因。'),
      unit: 'ops',
      width: 12,
      height: 7,
      queries: [errors('retry')],
    }),
    timeseries({
      title: t('Given up (final:*)', '最终失败速率（final:*）'),
      description: t('Batches with rows given up, by reason.', '有行被放弃的批次，按原因。'),
      unit: 'ops',
      width: 12,
      height: 7,
      queries: [errors('final')],
    }),
    stat({
      title: t('Share of retries', '重试占比'),
      description: t(
        'Of all errors, those that were retried. Low with many errors: they do not heal.',
        '所有错误中被重试的比例。错误多而比例低：这些错误无法自愈。',
      ),
      unit: 'percentunit',
      width: 6,
      height: 6,
      thresholds: thresholds([0.2, 'yellow'], [0.5, 'red']),
      queries: [
        q(
          ratio(
            sumRate('batchflow_errors_total', `${flow},error_type=~"retry:.+"`),
            sumRate('batchflow_errors_total', `${flow},error_type=~"(retry|final):.+"`),
          ),
          'retry_ratio',
          'data-after-faults',
        ),
      ],
    }),
  ],
}
