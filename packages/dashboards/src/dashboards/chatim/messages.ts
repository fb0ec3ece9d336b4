import type { DashboardSpec } from '../../model/dashboard.ts'
import { thresholds, timeseries } from '../../model/panel.ts'
import { t } from '../../model/text.ts'
import { process, sumRate } from '../../promql/fragments.ts'
import { common, failed, q, quantiles } from './common.ts'

/** Guide 004's message service. */
export const chatimMessages: DashboardSpec = {
  uid: 'chatim-messages',
  title: t('ChatIM messages', 'ChatIM 消息服务'),
  description: t('Sending, pulling, pushing, and what waits in streams.', '发送、拉取、推送与 Stream 积压。'),
  ...common,
  rows: [
    {
      panels: [
        timeseries({
          title: t('Messages sent', '消息发送速率'),
          description: t('Per second, private and group.', '每秒发送量，私聊与群聊。'),
          unit: 'ops',
          queries: [q(sumRate('chatim_messages_sent_total', process, ['type']), '{{type}}')],
        }),
        timeseries({
          title: t('Failed messages', '发送失败率'),
          description: t('Share of messages that were not sent.', '发送失败的比例。'),
          unit: 'percentunit',
          thresholds: thresholds([0.1, 'red']),
          queries: [q(failed('chatim_messages_sent_total', ['type']), '{{type}}')],
        }),
        timeseries({
          title: t('Time to send', '发送延迟'),
          description: t('From request to stream.', '从请求到写入 Stream。'),
          unit: 's',
          queries: quantiles('chatim_message_send_duration_seconds', ['type'], '{{type}}'),
        }),
        timeseries({
          title: t('Messages pulled', '消息拉取速率'),
          description: t('Per second, private and group.', '每秒拉取量，私聊与群聊。'),
          unit: 'ops',
          queries: [q(sumRate('chatim_messages_pulled_total', process, ['type']), '{{type}}')],
        }),
        timeseries({
          title: t('Messages pushed', '消息推送速率'),
          description: t('Over WebSocket, by kind and status.', '通过 WebSocket 推送，按类型与状态。'),
          unit: 'ops',
          queries: [
            q(
              sumRate('chatim_websocket_messages_pushed_total', process, ['type', 'status']),
              '{{type}} {{status}}',
            ),
          ],
        }),
        timeseries({
          title: t('Stream backlog (top 10)', 'Stream 积压（前 10）'),
          description: t(
            'Messages that nobody has acknowledged, by stream.',
            '尚未确认的消息数，按 Stream。',
          ),
          unit: 'short',
          thresholds: thresholds([1000, 'red']),
          queries: [
            q(
              `topk(10, sum by (stream_key) (chatim_redis_stream_pending_messages{${process}}))`,
              '{{stream_key}}',
            ),
          ],
        }),
        timeseries({
          title: t('Unread messages (top 10)', '未读消息（前 10）'),
          description: t(
            'By user; the exporter keeps the largest and adds up the rest.',
            '按用户；导出器只保留最大的若干个并合计其余。',
          ),
          unit: 'short',
          width: 24,
          queries: [
            q(`topk(10, sum by (user_id) (chatim_unread_messages_count{${process}}))`, '{{user_id}}'),
          ],
        }),
      ],
    },
  ],
}
