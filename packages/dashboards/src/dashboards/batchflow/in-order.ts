import { floors, stat, thresholds, type RowSpec } from '../../model/panel.ts'
import { t } from '../../model/text.ts'
import { flow, instant, process, q, quantile, sumIncrease, sumRate } from '../../promql/fragments.ts'
import { budgetLeft, durability } from '../../slo/slo.ts'

const settled = 'batchflow_rows_settled_total'

export const inOrder: RowSpec = {
  title: t('Is it OK', '是否正常'),
  panels: [
    stat({
      title: t('Writers up', '在线写入进程'),
      runbook: 'BatchFlowWriterDown',
      description: t(
        'Processes that answered the last scrape. Fewer than you run: one is down or unreachable.',
        '最近一次抓取有响应的进程数。少于部署数量说明有进程停止或无法访问。',
      ),
      unit: 'none',
      thresholds: floors([1, 'green']),
      // Not `up`: "All" would count every job of the Prometheus. The series of a page that is not answered ends at once.
      queries: [q(`count(batchflow_build_info{${process}}) or vector(0)`, t('up', '在线'))],
    }),
    stat({
      title: t('Rows written', '写入速率'),
      runbook: 'BatchFlowWritesStalled',
      description: t('Rows committed per second, over all flows selected.', '所选写入流每秒提交的行数。'),
      unit: 'rowsps',
      queries: [q(sumRate(settled, `${flow},outcome="written"`), t('written', '已写入'))],
    }),
    stat({
      title: t('Rows not written', '未写入行数'),
      runbook: 'BatchFlowRowsLost',
      description: t(
        'Rows of the time range that ended as dead letters, were dropped, or were returned by a close. Each is in your dead-letter handler or with the caller.',
        '时间范围内成为死信、被丢弃或在关闭时退回的行数。每一行都在死信处理器或调用方手中。',
      ),
      unit: 'short',
      decimals: 0,
      thresholds: thresholds([1, 'red']),
      queries: [
        instant(sumIncrease(settled, `${flow},outcome=~"dead_lettered|dropped|returned"`), t('rows', '行')),
      ],
    }),
    stat({
      title: t('Commit p99', '提交延迟 p99'),
      runbook: 'BatchFlowCommitLatency',
      description: t(
        'From acceptance of a row to its commit. The freshness objective is 0.512 s.',
        '从接受一行到提交的时间。时效目标为 0.512 秒。',
      ),
      unit: 's',
      thresholds: thresholds([0.512, 'yellow'], [2.048, 'red']),
      queries: [q(quantile(0.99, 'batchflow_row_commit_latency_seconds', flow), 'p99')],
    }),
    stat({
      title: t('Fullest buffer', '最满的缓冲区'),
      runbook: 'BatchFlowQueueNearFull',
      description: t(
        'Rows that are not settled over the capacity, of the flow where that is most. At 100 % submit waits.',
        '未完成行数占容量的比例（取最高的写入流）。达到 100% 时 submit 会等待。',
      ),
      unit: 'percentunit',
      min: 0,
      max: 1,
      thresholds: thresholds([0.7, 'yellow'], [0.9, 'red']),
      queries: [
        q(`max(batchflow_rows_pending{${flow}} / batchflow_queue_capacity_rows{${flow}})`, t('full', '占用')),
      ],
    }),
    stat({
      title: t('Error budget left', '剩余错误预算'),
      runbook: 'BatchFlowRowsLost',
      description: t(
        'Of the 0.1 % of rows that may be lost within 30 days, rows that nobody could have written left out. Below 0 the promise is broken.',
        '30 天内允许丢失的 0.1% 行数中剩余的比例，不含调用方自身的错误行。低于 0 表示目标已被打破。',
      ),
      unit: 'percentunit',
      max: 1,
      thresholds: floors([0, 'yellow'], [0.25, 'green']),
      queries: [instant(budgetLeft(durability, flow), t('left', '剩余'))],
    }),
  ],
}
