import type { Runbook } from '../runbook.ts'
import {
  requests,
  endpoints,
  redisTime,
  redisErrors,
  queryTime,
  restarts,
  down,
  connections,
  profile,
  database,
  redis,
  released,
  messages,
  everybody,
  rollback,
  developers,
} from './shared.ts'

/** Runbooks of alerts on requests, messages and connections of the chat service. */
export const guideRequestRunbooks: readonly Runbook[] = [
  {
    alert: 'HighHTTPErrorRate',
    meaning: 'More than one request in twenty is answered with 5xx.',
    affected: everybody,
    queries: [
      requests,
      redisErrors,
      {
        ask: 'Do queries fail?',
        expr: 'sum by (operation, table, status) (rate(chatim_db_queries_total[5m]))',
      },
    ],
    decisions: [released, redis, database],
    stop: [rollback, 'Take the broken instance out of the load balancer.'],
    escalate: 'At once when it is above half of the requests.',
    falseAlarms: 'A handful of requests at night.',
  },
  {
    alert: 'HighHTTPLatency',
    meaning: 'One request in twenty takes longer than a second.',
    affected: everybody,
    queries: [endpoints, queryTime, redisTime],
    decisions: [database, redis, profile],
    stop: [rollback, 'Start another instance if the processor is the limit.'],
    escalate: developers,
    falseAlarms:
      'Uploads and long polls: leave them out by endpoint. The way to the cause is in walkthrough-latency.md.',
  },
  {
    alert: 'HTTPRequestDropped',
    meaning: 'A service gets less than half of the requests of an hour ago.',
    affected: 'People who do not get through, if the way in is broken.',
    queries: [requests, down, connections],
    decisions: [
      {
        seen: 'one instance only',
        cause: 'the load balancer took it out',
        command: 'curl -sS http://HOST:2112/healthz',
      },
      {
        seen: 'all instances',
        cause: 'DNS, certificates, the way in',
        command: 'curl -svo /dev/null https://SERVICE/healthz',
      },
      {
        seen: 'the curve of yesterday is the same',
        cause: 'people sleep',
        command:
          "promtool query instant http://127.0.0.1:9090 'sum(rate(chatim_http_requests_total[5m] offset 1d))'",
      },
    ],
    stop: ['Try the service from outside.', rollback],
    escalate: 'To the network when it cannot be reached from outside.',
    falseAlarms: 'Evenings.',
  },
  {
    alert: 'HighMessageSendFailureRate',
    meaning: 'More than one message in ten is not sent.',
    affected: messages,
    queries: [
      { ask: 'Which kind?', expr: 'sum by (type, status) (rate(chatim_messages_sent_total[5m]))' },
      redisErrors,
      queryTime,
    ],
    decisions: [redis, database, released],
    stop: ['Bring Redis back: messages are written to its streams first.', rollback],
    escalate: 'At once: this is what the service is for.',
    falseAlarms: 'One client that sends to a group that it has left.',
  },
  {
    alert: 'RedisStreamBacklog',
    meaning: 'More than 1,000 messages of a stream are delivered and not acknowledged.',
    affected: 'People who wait for these messages.',
    queries: [
      { ask: 'Which streams?', expr: 'topk(10, max by (stream_key) (chatim_redis_stream_pending_messages))' },
      { ask: 'Are messages pulled?', expr: 'sum by (type) (rate(chatim_messages_pulled_total[5m]))' },
      redisTime,
    ],
    decisions: [
      {
        seen: 'one consumer holds them all',
        cause: 'it died with them',
        command: 'redis-cli XPENDING STREAM GROUP',
      },
      {
        seen: 'all consumers are busy',
        cause: 'too few of them',
        command: 'redis-cli XINFO CONSUMERS STREAM GROUP',
      },
      redis,
    ],
    stop: ['Claim what a dead consumer holds: XAUTOCLAIM.', 'Start more consumers.'],
    escalate: developers,
    falseAlarms: 'Many messages in flight on a busy stream.',
  },
  {
    alert: 'WebSocketConnectionDropped',
    meaning: 'Less than 70 % of the connections of ten minutes ago are open.',
    affected: 'People whose client connects again.',
    queries: [connections, restarts, requests],
    decisions: [
      {
        seen: 'a restart',
        cause: 'clients of that instance connect again',
        command: 'kubectl get pods -l app=NAME',
      },
      {
        seen: 'no restart, all instances',
        cause: 'a proxy with an idle timeout, the network',
        command: 'grep proxy_read_timeout /etc/nginx -r',
      },
      profile,
    ],
    stop: ['Let clients wait a random time before they connect again.'],
    escalate: 'To the network when clients cannot connect.',
    falseAlarms: 'Deployments; nights.',
  },
]
