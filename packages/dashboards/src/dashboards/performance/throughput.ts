import { floors, gauge, timeseries, type RowSpec } from '../../model/panel.ts'
import { t } from '../../model/text.ts'
import { database, flow, q, quantile, sumIncrease, sumRate } from '../../promql/fragments.ts'

const perFlow = ['database', 'instance_id']
const names = '{{database}} - {{instance_id}}'
const rps = `sum by (database, instance_id) (batchflow_current_rps{${flow}})`

export const overview: RowSpec = {
  title: t('Core indicators', '📊 核心性能指标总览'),
  panels: [
    timeseries({
      title: t('Rows per second now, by database', '🚀 实时处理速度 (RPS) - 按数据库分组'),
      description: t(
        'Sampled in the process every 5 s: comes and goes with the traffic.',
        '进程内每 5 秒采样一次，随流量变化。',
      ),
      unit: 'rowsps',
      width: 12,
      queries: [q(rps, names)],
    }),
    gauge({
      title: t('Rows per second now', '🎯 当前 RPS 仪表盘'),
      description: t('The last sample of each flow.', '每个写入流的最近采样值。'),
      unit: 'rowsps',
      width: 12,
      min: 0,
      queries: [q(rps, names)],
    }),
  ],
}

export const trends: RowSpec = {
  title: t('Distribution and trend', '📈 性能分布与趋势分析'),
  panels: [
    timeseries({
      title: t('Rows per second, trend', '📊 RPS 趋势分析'),
      description: t(
        'Rate of the counter, and the highest and mean sample of the window.',
        '计数器速率，以及窗口内采样的最大值与平均值。',
      ),
      unit: 'rowsps',
      queries: [
        q(
          sumRate('batchflow_records_rate_total', flow, perFlow),
          t(`mean - ${names}`, `平均 RPS - ${names}`),
        ),
        q(
          `max by (database, instance_id) (max_over_time(batchflow_current_rps{${flow}}[$__rate_interval]))`,
          t(`peak - ${names}`, `峰值 RPS - ${names}`),
        ),
        q(
          `avg by (database, instance_id) (avg_over_time(batchflow_current_rps{${flow}}[$__rate_interval]))`,
          t(`smooth - ${names}`, `平滑 RPS - ${names}`),
        ),
      ],
    }),
    timeseries({
      title: t('Batch time by size class', '⏱️ 批处理时间分布'),
      description: t(
        'Written by the load-test recorder: batch time by class of batch size.',
        '由压测记录器写入：按批大小分级的批处理时间。',
      ),
      unit: 's',
      queries: [0.95, 0.5].map((p) =>
        q(
          quantile(p, 'batchflow_batch_process_duration_seconds', database, ['database', 'batch_size']),
          `p${p * 100} - {{database}} ({{batch_size}})`,
        ),
      ),
    }),
    timeseries({
      title: t('Response time (p50/p90/p99)', '🎯 响应时间分位数 (p50/p90/p99)'),
      description: t(
        'Of a summary over ten minutes: cannot be added up over instances, so each is a line.',
        '来自 10 分钟窗口的 summary，不能跨实例聚合，因此每个实例一条线。',
      ),
      unit: 's',
      queries: ['0.99', '0.9', '0.5'].map((quantileLabel) =>
        q(
          `batchflow_response_time_seconds{${database},quantile="${quantileLabel}"}`,
          `p${Number(quantileLabel) * 100} - {{database}} - {{operation}}`,
        ),
      ),
    }),
  ],
}

export const resources: RowSpec = {
  title: t('Resources', '💾 资源使用与系统监控'),
  panels: [
    timeseries({
      title: t('Memory', '💾 内存使用详细分析'),
      description: t(
        'Of the process, not of the flow: the same value for each flow in it. total_alloc only grows.',
        '整个进程的内存，同一进程内各写入流数值相同。total_alloc 只增不减。',
      ),
      unit: 'mbytes',
      width: 12,
      queries: [
        q(
          `max by (instance, type) (batchflow_memory_usage_mb{${flow},type=~"alloc|total_alloc|sys"})`,
          '{{type}} - {{instance}}',
        ),
      ],
    }),
    timeseries({
      title: t('Concurrency and connections', '🔗 并发与连接监控'),
      description: t(
        'Producers of the load test, and connections in use.',
        '压测的生产者数量与使用中的连接数。',
      ),
      unit: 'short',
      width: 12,
      queries: [
        q(
          `sum by (database, instance_id) (batchflow_concurrent_workers{${flow}})`,
          t(`workers - ${names}`, `工作线程 - ${names}`),
        ),
        q(
          `sum by (database) (batchflow_active_connections{${database}})`,
          t('connections - {{database}}', '活跃连接 - {{database}}'),
        ),
      ],
    }),
  ],
}

export const quality: RowSpec = {
  title: t('Data quality and errors', '📋 数据质量与错误分析'),
  panels: [
    timeseries({
      title: t('Data integrity', '✅ 数据完整性率'),
      description: t(
        'Share of all settled rows that are in the database, since the process started. 100 % is right.',
        '自进程启动以来已完成行中写入数据库的比例。正常为 100%。',
      ),
      unit: 'percentunit',
      max: 1,
      thresholds: floors([0.95, 'yellow'], [0.99, 'green']),
      queries: [q(`min by (database, instance_id) (batchflow_data_integrity_rate{${flow}})`, names)],
    }),
    timeseries({
      title: t('Errors', '❌ 错误率分析'),
      description: t(
        'retry: an attempt that was repeated. final: a batch with rows given up.',
        'retry：被重试的尝试；final：有行被放弃的批次。',
      ),
      unit: 'ops',
      queries: [
        q(
          `${sumRate('batchflow_errors_total', flow, ['database', 'error_type'])} > 0`,
          '{{database}} - {{error_type}}',
          'data-after-faults',
        ),
      ],
    }),
    timeseries({
      title: t('Tests ended', '📊 测试执行统计（堆叠显示）'),
      description: t(
        'Load tests that ended within the time range, by result.',
        '时间范围内结束的压测，按结果堆叠。',
      ),
      unit: 'short',
      stack: 'normal',
      queries: [
        q(sumIncrease('batchflow_tests_run_total', flow, [...perFlow, 'result']), `{{result}} - ${names}`),
      ],
    }),
    timeseries({
      title: t('Rate against sample', '🔧 RPS 指标修复验证 - 计算值 vs 瞬时值'),
      description: t(
        'The two ways to count rows per second agree, but for the length of their windows.',
        '两种 RPS 统计方式应当一致，仅窗口长度不同。',
      ),
      unit: 'rowsps',
      width: 24,
      queries: [
        q(
          sumRate('batchflow_records_rate_total', flow, perFlow),
          t(`rate - ${names}`, `计算 RPS (rate) - ${names}`),
        ),
        q(rps, t(`sample - ${names}`, `瞬时 RPS (gauge) - ${names}`)),
      ],
    }),
  ],
}

export const compared: RowSpec = {
  title: t('Databases compared', '🔍 数据库对比分析'),
  panels: [
    timeseries({
      title: t('Mean rows per second by database', '🏆 数据库性能对比 - 平均 RPS'),
      description: t('Mean over the flows of each database.', '每种数据库各写入流的平均值。'),
      unit: 'rowsps',
      width: 12,
      queries: [q(`avg by (database) (batchflow_current_rps{${flow}})`, '{{database}}')],
    }),
    timeseries({
      title: t('Rows processed in 5 minutes, by database', '📈 数据库吞吐量对比 - 5分钟处理记录数'),
      description: t('Rows committed within the last five minutes.', '最近五分钟内提交的行数。'),
      unit: 'short',
      width: 12,
      queries: [q(`sum by (database) (increase(batchflow_records_rate_total{${flow}}[5m]))`, '{{database}}')],
    }),
  ],
}
