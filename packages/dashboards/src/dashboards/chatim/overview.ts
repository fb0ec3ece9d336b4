import type { DashboardSpec } from '../../model/dashboard.ts'
import { stat, thresholds, timeseries, type PanelSpec } from '../../model/panel.ts'
import { t } from '../../model/text.ts'
import { process, ratio, sumRate } from '../../promql/fragments.ts'
import { common, q, quantiles } from './common.ts'

const requests: PanelSpec = timeseries({
  title: t('Requests', 'QPS'),
  description: t('HTTP requests per second, by status.', '每秒 HTTP 请求，按状态码。'),
  unit: 'reqps',
  queries: [q(sumRate('chatim_http_requests_total', process, ['status']), '{{status}}')],
})

const errorShare: PanelSpec = timeseries({
  title: t('Errors', '错误率'),
  description: t('Share of requests answered with 5xx.', '5xx 响应占比。'),
  unit: 'percentunit',
  thresholds: thresholds([0.05, 'red']),
  queries: [
    q(
      ratio(
        sumRate('chatim_http_requests_total', `${process},status=~"5.."`),
        sumRate('chatim_http_requests_total', process),
      ),
      '5xx',
    ),
  ],
})

/** Guide 004's overview. */
export const chatimOverview: DashboardSpec = {
  uid: 'chatim-overview',
  title: t('ChatIM overview', 'ChatIM 系统概览'),
  description: t('Requests, errors, latency, memory and connections.', '请求、错误、延迟、内存与连接。'),
  ...common,
  rows: [
    {
      panels: [
        stat({
          title: t('Online users', '在线用户'),
          description: t('Users with at least one connection.', '至少有一个连接的用户数。'),
          unit: 'short',
          width: 6,
          queries: [q(`sum(chatim_online_users{${process}})`, t('users', '用户'))],
        }),
        stat({
          title: t('WebSocket connections', 'WebSocket 连接数'),
          description: t('Open now.', '当前打开的连接。'),
          unit: 'short',
          width: 6,
          queries: [q(`sum(chatim_websocket_active_connections{${process}})`, t('open', '连接'))],
        }),
        stat({
          title: t('Groups', '群组'),
          description: t('A gauge, in spite of its name.', '虽名为 _total，实为 gauge。'),
          unit: 'short',
          width: 6,
          queries: [q(`max(chatim_groups_total{${process}})`, t('groups', '群组'))],
        }),
        stat({
          title: t('Friendships', '好友关系'),
          description: t('A gauge, in spite of its name.', '虽名为 _total，实为 gauge。'),
          unit: 'short',
          width: 6,
          queries: [q(`max(chatim_friendships_total{${process}})`, t('friendships', '好友关系'))],
        }),
        requests,
        errorShare,
        timeseries({
          title: t('Latency', '延迟'),
          description: t('Of HTTP requests.', 'HTTP 请求延迟。'),
          unit: 's',
          thresholds: thresholds([1, 'red']),
          queries: quantiles('chatim_http_request_duration_seconds', [], ''),
        }),
        timeseries({
          title: t('Memory', '内存'),
          description: t(
            'Heap in use, and heap with what is outside of it.',
            '堆使用量，以及含堆外内存的总量。',
          ),
          unit: 'bytes',
          queries: [
            q(
              `sum by (instance) (chatim_go_memory_heap_bytes{${process}})`,
              t('heap {{instance}}', '堆 {{instance}}'),
            ),
            q(
              `sum by (instance) (chatim_go_memory_alloc_bytes{${process}})`,
              t('with external {{instance}}', '含堆外 {{instance}}'),
            ),
          ],
        }),
        timeseries({
          title: t('Processor', 'CPU'),
          description: t('Cores in use.', '占用的核数。'),
          unit: 'percentunit',
          queries: [q(sumRate('process_cpu_seconds_total', process, ['instance']), '{{instance}}')],
        }),
        timeseries({
          title: t('Active resources', '活跃资源（对应 goroutine）'),
          description: t(
            "What keeps the process alive: Node's counterpart of goroutines.",
            '保持进程存活的资源，Node 中对应 goroutine 的概念。',
          ),
          unit: 'short',
          queries: [q(`sum by (instance) (chatim_go_goroutines{${process}})`, '{{instance}}')],
        }),
      ],
    },
  ],
}
