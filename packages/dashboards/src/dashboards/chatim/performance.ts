import type { DashboardSpec } from '../../model/dashboard.ts'
import { thresholds, timeseries } from '../../model/panel.ts'
import { t } from '../../model/text.ts'
import { process, quantile, sumRate } from '../../promql/fragments.ts'
import { common, q } from './common.ts'

/** Guide 004's performance details. */
export const chatimPerformance: DashboardSpec = {
  uid: 'chatim-performance',
  title: t('ChatIM performance', 'ChatIM 性能详情'),
  description: t('Latency by endpoint, database, Redis and gRPC.', '按接口、数据库、Redis 与 gRPC 的延迟。'),
  ...common,
  rows: [
    {
      panels: [
        timeseries({
          title: t('Latency by endpoint, p95', '接口延迟 p95'),
          description: t('The ten slowest endpoints.', '最慢的十个接口。'),
          unit: 's',
          queries: [
            q(
              `topk(10, ${quantile(0.95, 'chatim_http_request_duration_seconds', process, ['endpoint'])})`,
              '{{endpoint}}',
            ),
          ],
        }),
        timeseries({
          title: t('Request size p95', '请求大小 p95'),
          description: t('Bodies of requests and responses.', '请求与响应体大小。'),
          unit: 'bytes',
          queries: [
            q(quantile(0.95, 'chatim_http_request_size_bytes', process), t('request', '请求')),
            q(quantile(0.95, 'chatim_http_response_size_bytes', process), t('response', '响应')),
          ],
        }),
        timeseries({
          title: t('Lifetime of connections', '连接时长'),
          description: t(
            'Median lifetime of WebSocket connections that ended.',
            '已结束 WebSocket 连接的时长中位数。',
          ),
          unit: 's',
          queries: [q(quantile(0.5, 'chatim_websocket_connection_duration_seconds', process), 'p50')],
        }),
        timeseries({
          title: t('Queries', '数据库查询'),
          description: t('Per second, by operation and table.', '每秒查询数，按操作与表。'),
          unit: 'ops',
          queries: [
            q(sumRate('chatim_db_queries_total', process, ['operation', 'table']), '{{operation}} {{table}}'),
          ],
        }),
        timeseries({
          title: t('Query time p95', '查询耗时 p95'),
          description: t('By operation and table.', '按操作与表。'),
          unit: 's',
          queries: [
            q(
              quantile(0.95, 'chatim_db_query_duration_seconds', process, ['operation', 'table']),
              '{{operation}} {{table}}',
            ),
          ],
        }),
        timeseries({
          title: t('Database pool', '数据库连接池'),
          description: t('Connections by state.', '按状态统计的连接数。'),
          unit: 'short',
          queries: [
            q(
              `sum by (state) (chatim_db_connection_pool{${process},state=~"open|in_use|idle"})`,
              '{{state}}',
            ),
          ],
        }),
        timeseries({
          title: t('Redis operations', 'Redis 操作'),
          description: t('Per second, by operation and status.', '每秒操作数，按操作与状态。'),
          unit: 'ops',
          queries: [
            q(
              sumRate('chatim_redis_operations_total', process, ['operation', 'status']),
              '{{operation}} {{status}}',
            ),
          ],
        }),
        timeseries({
          title: t('Redis time p95', 'Redis 耗时 p95'),
          description: t('By operation.', '按操作。'),
          unit: 's',
          thresholds: thresholds([0.05, 'red']),
          queries: [
            q(
              quantile(0.95, 'chatim_redis_operation_duration_seconds', process, ['operation']),
              '{{operation}}',
            ),
          ],
        }),
        timeseries({
          title: t('Redis pool', 'Redis 连接池'),
          description: t('Connections by state.', '按状态统计的连接数。'),
          unit: 'short',
          queries: [
            q(
              `sum by (state) (chatim_redis_pool_connections{${process},state=~"total|idle|stale"})`,
              '{{state}}',
            ),
          ],
        }),
        timeseries({
          title: t('gRPC requests', 'gRPC 请求'),
          description: t('Per second, by method and status.', '每秒请求数，按方法与状态。'),
          unit: 'reqps',
          width: 12,
          queries: [
            q(
              sumRate('chatim_grpc_requests_total', process, ['service', 'method', 'status']),
              '{{service}}/{{method}} {{status}}',
            ),
          ],
        }),
        timeseries({
          title: t('gRPC time p95', 'gRPC 耗时 p95'),
          description: t('By method.', '按方法。'),
          unit: 's',
          width: 12,
          queries: [
            q(
              quantile(0.95, 'chatim_grpc_request_duration_seconds', process, ['service', 'method']),
              '{{service}}/{{method}}',
            ),
          ],
        }),
        timeseries({
          title: t('Garbage-collection pause p95', '垃圾回收暂停 p95'),
          description: t('Pauses hold up every request.', '暂停会阻塞所有请求。'),
          unit: 's',
          width: 24,
          thresholds: thresholds([0.1, 'red']),
          queries: [q(quantile(0.95, 'chatim_go_gc_pause_duration_seconds', process), 'p95')],
        }),
      ],
    },
  ],
}
