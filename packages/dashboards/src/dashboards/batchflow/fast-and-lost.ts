import { heatmap, thresholds, timeseries, type RowSpec } from '../../model/panel.ts'
import { t } from '../../model/text.ts'
import { flow, q, quantile, ratio, sumRate } from '../../promql/fragments.ts'

const latency = 'batchflow_row_commit_latency_seconds'

export const fast: RowSpec = {
  title: t('Is it fast', '是否够快'),
  panels: [
    timeseries({
      title: t('Rows in and out', '流入与流出'),
      runbook: 'BatchFlowQueueNearFull',
      description: t(
        'Rows accepted against rows settled, by outcome. In above out for long: the buffer fills.',
        '接受的行与按结果完成的行。流入长期高于流出时缓冲区会被填满。',
      ),
      unit: 'rowsps',
      queries: [
        q(sumRate('batchflow_rows_submitted_total', flow), t('accepted', '已接受')),
        q(sumRate('batchflow_rows_settled_total', flow, ['outcome']), '{{outcome}}'),
      ],
    }),
    timeseries({
      title: t('Commit latency', '提交延迟'),
      runbook: 'BatchFlowCommitLatency',
      description: t(
        'From acceptance of a row to its commit, waiting for company, for a slot and for retries included.',
        '从接受一行到提交的时间，包含攒批、等待并发槽与重试。',
      ),
      unit: 's',
      thresholds: thresholds([0.512, 'red']),
      queries: [0.5, 0.95, 0.99].map((p) => q(quantile(p, latency, flow), `p${p * 100}`)),
    }),
    heatmap({
      title: t('Commit latency, distribution', '提交延迟分布'),
      runbook: 'BatchFlowCommitLatency',
      description: t(
        'Rows per bucket of commit latency. Two bands: some rows wait for something that others do not.',
        '各延迟区间的行数。出现两条带说明部分行在等待其他行不需要的东西。',
      ),
      unit: 's',
      queries: [q(`sum by (le) (increase(${latency}_bucket{${flow}}[$__rate_interval]))`, '{{le}}')],
    }),
  ],
}

export const lost: RowSpec = {
  title: t('Is anything lost or refused', '有无丢失或拒绝'),
  panels: [
    timeseries({
      title: t('Dead-lettered and dropped', '死信与丢弃'),
      runbook: 'BatchFlowRowsDeadLettered',
      description: t(
        'Rows given up, by reason, and rows dropped by the overflow policy. Empty is good.',
        '按原因统计的死信行与按溢出策略丢弃的行。为空是好事。',
      ),
      unit: 'rowsps',
      queries: [
        q(
          `${sumRate('batchflow_rows_dead_lettered_total', flow, ['reason'])} > 0`,
          t('dead letter: {{reason}}', '死信：{{reason}}'),
          'data-after-faults',
        ),
        q(
          `${sumRate('batchflow_rows_dropped_total', flow, ['reason'])} > 0`,
          t('dropped: {{reason}}', '丢弃：{{reason}}'),
          'empty-when-healthy',
        ),
      ],
    }),
    timeseries({
      title: t('Failed batches by table (top 10)', '各表失败批次占比（前 10）'),
      runbook: 'BatchFlowRowsLost',
      description: t(
        'Share of batches with at least one row given up. One table alone: look at its rows or its schema. All tables: look at the database.',
        '至少有一行被放弃的批次占比。只有一张表：检查其数据或表结构；所有表：检查数据库。',
      ),
      unit: 'percentunit',
      min: 0,
      queries: [
        q(
          `topk(10, ${ratio(
            sumRate('batchflow_batches_total', `${flow},status="fail"`, ['table']),
            sumRate('batchflow_batches_total', flow, ['table']),
          )})`,
          '{{table}}',
        ),
      ],
    }),
    timeseries({
      title: t('Rejected submits', '被拒绝的提交'),
      runbook: 'BatchFlowSubmitsRejected',
      description: t(
        'Rows that were not taken, by reason. queue_full: the buffer is full and the policy is not to wait.',
        '未被接受的行，按原因统计。queue_full：缓冲区已满且策略为不等待。',
      ),
      unit: 'rowsps',
      queries: [
        q(
          `${sumRate('batchflow_submit_rejected_total', flow, ['reason'])} > 0`,
          '{{reason}}',
          'data-after-faults',
        ),
      ],
    }),
  ],
}
