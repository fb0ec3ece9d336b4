import { thresholds, timeseries, type RowSpec } from '../../model/panel.ts'
import { t } from '../../model/text.ts'
import { database, flow, mean, process as ofProcess, q, quantile, sumRate } from '../../promql/fragments.ts'

export const tuned: RowSpec = {
  title: t('Is batching tuned', '批处理是否调优'),
  collapsed: true,
  panels: [
    timeseries({
      title: t('Batch size', '批大小'),
      runbook: 'BatchFlowCommitLatency',
      description: t(
        'Rows per batch against the flush size. Far below it with much traffic: too many tables or too short an interval.',
        '每批行数与 flushSize 的对比。流量大时远低于它：表太多或间隔太短。',
      ),
      unit: 'short',
      width: 12,
      min: 0,
      queries: [
        q(mean('batchflow_batch_size', flow), t('mean', '平均')),
        q(quantile(0.95, 'batchflow_batch_size', flow), 'p95'),
        q(`max(batchflow_flush_size_limit_rows{${flow}})`, t('flush size', 'flushSize 上限')),
      ],
    }),
    timeseries({
      title: t('Flushes by trigger', '按触发原因的刷新'),
      runbook: 'BatchFlowQueueNearFull',
      description: t(
        'size: batches fill up, a larger flush size may help. interval: traffic is thin. capacity: the buffer was full.',
        'size：批次已满，可考虑更大的 flushSize；interval：流量较低；capacity：缓冲区已满。',
      ),
      unit: 'ops',
      width: 12,
      min: 0,
      stack: 'percent',
      queries: [q(sumRate('batchflow_flushes_total', flow, ['trigger']), '{{trigger}}')],
    }),
  ],
}

export const process: RowSpec = {
  title: t('Database or process', '数据库还是进程'),
  collapsed: true,
  panels: [
    timeseries({
      title: t('Connection pool', '连接池'),
      runbook: 'BatchFlowPoolWaiting',
      description: t(
        'Connections by state, the limit, and how long a batch waits for one. Pending above 0: the pool is too small or the database too slow.',
        '按状态统计的连接数、上限以及获取连接的等待时间。pending 大于 0：连接池过小或数据库过慢。',
      ),
      unit: 'short',
      min: 0,
      overrides: [{ pattern: '/acquire|获取/', unit: 's' }],
      queries: [
        q(`sum by (state) (batchflow_pool_connections{${database}})`, '{{state}}'),
        q(`sum(batchflow_pool_max_connections{${database}})`, t('max', '上限')),
        q(quantile(0.95, 'batchflow_pool_acquire_duration_seconds', database), t('acquire p95', '获取 p95')),
      ],
    }),
    timeseries({
      title: t('Event loop', '事件循环'),
      runbook: 'BatchFlowEventLoopBlocked',
      description: t(
        'Delay p99: how late timers run. Utilisation near 100 %: the process, not the database, is the limit.',
        '延迟 p99：定时器晚了多久。利用率接近 100%：瓶颈在进程而非数据库。',
      ),
      unit: 's',
      min: 0,
      thresholds: thresholds([0.25, 'red']),
      overrides: [{ pattern: '/utilisation|利用率/', unit: 'percentunit' }],
      queries: [
        q(quantile(0.99, 'nodejs_eventloop_delay_seconds', ofProcess), t('delay p99', '延迟 p99')),
        q(`max(nodejs_eventloop_utilization_ratio{${ofProcess}})`, t('utilisation', '利用率')),
      ],
    }),
    timeseries({
      title: t('Memory and garbage collection', '内存与垃圾回收'),
      runbook: 'BatchFlowHeapNearLimit',
      description: t(
        'Resident memory, heap in use and its limit, and seconds of collection per second. Heap near the limit: the process will end.',
        '常驻内存、堆使用量与上限，以及每秒垃圾回收秒数。堆接近上限时进程会终止。',
      ),
      unit: 'bytes',
      min: 0,
      overrides: [{ pattern: '/GC/', unit: 's' }],
      queries: [
        q(`sum(process_resident_memory_bytes{${ofProcess}})`, t('resident', '常驻内存')),
        q(`sum(nodejs_heap_size_used_bytes{${ofProcess}})`, t('heap in use', '堆使用量')),
        q(`sum(nodejs_heap_size_limit_bytes{${ofProcess}})`, t('heap limit', '堆上限')),
        q(sumRate('nodejs_gc_duration_seconds_sum', ofProcess), t('GC s/s', 'GC 秒/秒')),
      ],
    }),
  ],
}
