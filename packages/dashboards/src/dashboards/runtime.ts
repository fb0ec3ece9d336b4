import type { DashboardSpec } from '../model/dashboard.ts'
import { stat, thresholds, timeseries } from '../model/panel.ts'
import { t } from '../model/text.ts'
import { mean, process, q, quantile, rate, sumRate } from '../promql/fragments.ts'
import { flowAnnotations, processVariables } from './common.ts'

const each = '{{instance}}'

/** The Node process, whatever runs in it. */
export const runtime: DashboardSpec = {
  uid: 'nodejs-runtime',
  title: t('Node.js runtime', 'Node.js 运行时'),
  description: t(
    'Event loop, heap, garbage collection, processor and handles of each process.',
    '各进程的事件循环、堆、垃圾回收、CPU 与句柄。',
  ),
  tags: ['batchflow', 'nodejs'],
  profile: 'modern',
  variables: processVariables('process_start_time_seconds'),
  annotations: flowAnnotations.slice(0, 1),
  rows: [
    {
      panels: [
        stat({
          title: t('Node version', 'Node 版本'),
          description: t('Processes by version of Node.js.', '各 Node.js 版本的进程数。'),
          unit: 'none',
          width: 6,
          queries: [q(`count by (version) (nodejs_version_info{${process}})`, '{{version}}')],
        }),
        stat({
          title: t('Up for', '运行时长'),
          description: t('Since the last start of each process.', '自最近一次启动以来。'),
          unit: 's',
          width: 6,
          queries: [q(`min(time() - process_start_time_seconds{${process}})`, t('youngest', '最短'))],
        }),
        stat({
          title: t('Heap in use', '堆占用'),
          description: t('Over the limit, of the fullest process.', '堆使用量占上限的比例（取最高）。'),
          unit: 'percentunit',
          width: 6,
          thresholds: thresholds([0.7, 'yellow'], [0.9, 'red']),
          queries: [
            q(
              `max(nodejs_heap_size_used_bytes{${process}} / nodejs_heap_size_limit_bytes{${process}})`,
              t('full', '占用'),
            ),
          ],
        }),
        stat({
          title: t('File descriptors', '文件描述符'),
          description: t('In use over the limit, of the fullest process.', '使用量占上限的比例（取最高）。'),
          unit: 'percentunit',
          width: 6,
          thresholds: thresholds([0.7, 'yellow'], [0.9, 'red']),
          queries: [q(`max(process_open_fds{${process}} / process_max_fds{${process}})`, t('full', '占用'))],
        }),
        timeseries({
          title: t('Event-loop delay', '事件循环延迟'),
          description: t('How late timers run.', '定时器晚了多久。'),
          unit: 's',
          thresholds: thresholds([0.25, 'red']),
          queries: [0.5, 0.99].map((p) =>
            q(quantile(p, 'nodejs_eventloop_delay_seconds', process, ['instance']), `p${p * 100} ${each}`),
          ),
        }),
        timeseries({
          title: t('Event-loop utilisation', '事件循环利用率'),
          description: t('Share of the time in which the loop was busy.', '事件循环忙碌时间的比例。'),
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [q(`max by (instance) (nodejs_eventloop_utilization_ratio{${process}})`, each)],
        }),
        timeseries({
          title: t('Processor', 'CPU'),
          description: t(
            'Cores in use; workers and garbage collection count too.',
            '占用的核数，包含工作线程与垃圾回收。',
          ),
          unit: 'percentunit',
          min: 0,
          queries: [q(sumRate('process_cpu_seconds_total', process, ['instance']), each)],
        }),
        timeseries({
          title: t('Heap', '堆内存'),
          description: t('In use, committed, and the limit.', '使用量、已提交与上限。'),
          unit: 'bytes',
          queries: [
            q(
              `sum by (instance) (nodejs_heap_size_used_bytes{${process}})`,
              t(`used ${each}`, `使用 ${each}`),
            ),
            q(
              `sum by (instance) (nodejs_heap_size_total_bytes{${process}})`,
              t(`committed ${each}`, `已提交 ${each}`),
            ),
            q(
              `sum by (instance) (nodejs_heap_size_limit_bytes{${process}})`,
              t(`limit ${each}`, `上限 ${each}`),
            ),
          ],
        }),
        timeseries({
          title: t('Resident and external memory', '常驻与外部内存'),
          description: t(
            'Buffers are external. Growth here with a flat heap: native memory.',
            'Buffer 属于外部内存。堆平稳而此处增长说明是原生内存。',
          ),
          unit: 'bytes',
          queries: [
            q(
              `sum by (instance) (process_resident_memory_bytes{${process}})`,
              t(`resident ${each}`, `常驻 ${each}`),
            ),
            q(
              `sum by (instance) (nodejs_external_memory_bytes{${process}})`,
              t(`external ${each}`, `外部 ${each}`),
            ),
          ],
        }),
        timeseries({
          title: t('Garbage collection, time', '垃圾回收时间'),
          description: t('Seconds of pauses per second, by kind.', '每秒暂停秒数，按类型。'),
          unit: 'percentunit',
          queries: [q(sumRate('nodejs_gc_duration_seconds_sum', process, ['kind']), '{{kind}}')],
        }),
        timeseries({
          title: t('Garbage collection, mean pause', '垃圾回收平均暂停'),
          description: t('Mean pause, by kind.', '平均暂停时间，按类型。'),
          unit: 's',
          queries: [q(mean('nodejs_gc_duration_seconds', process, ['kind']), '{{kind}}')],
        }),
        timeseries({
          title: t('Garbage collections', '垃圾回收次数'),
          description: t('Collections per second, by kind.', '每秒回收次数，按类型。'),
          unit: 'ops',
          queries: [q(`sum by (kind) (${rate('nodejs_gc_duration_seconds_count', process)})`, '{{kind}}')],
        }),
        timeseries({
          title: t('Active resources', '活跃资源'),
          description: t(
            'Sockets, timers and requests that keep the process alive, by type. Growth without end is a leak.',
            '保持进程存活的套接字、定时器与请求，按类型。持续增长即为泄漏。',
          ),
          unit: 'short',
          queries: [q(`sum by (type) (nodejs_active_resources{${process}})`, '{{type}}')],
        }),
        timeseries({
          title: t('File descriptors', '文件描述符数量'),
          description: t('Open files and sockets.', '打开的文件与套接字。'),
          unit: 'short',
          queries: [q(`sum by (instance) (process_open_fds{${process}})`, each)],
        }),
      ],
    },
  ],
}
