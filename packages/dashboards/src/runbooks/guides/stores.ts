import type { Runbook } from '../runbook.ts'
import {
  endpoints,
  redisTime,
  redisErrors,
  queryTime,
  profile,
  database,
  released,
  messages,
  everybody,
  rollback,
} from './shared.ts'

/** Runbooks of alerts on Redis and the database of the chat service. */
export const guideStoreRunbooks: readonly Runbook[] = [
  {
    alert: 'HighRedisFailureRate',
    meaning: 'More than one Redis operation in twenty fails.',
    affected: messages,
    queries: [
      redisErrors,
      redisTime,
      { ask: 'Is the pool exhausted?', expr: 'sum by (state) (chatim_redis_pool_connections)' },
    ],
    decisions: [
      { seen: 'all operations', cause: 'Redis is down or full', command: 'redis-cli ping' },
      {
        seen: 'writes only',
        cause: 'out of memory, or a replica',
        command: 'redis-cli info memory | grep maxmemory',
      },
      { seen: 'xread only', cause: 'a missing group', command: 'redis-cli XINFO GROUPS STREAM' },
    ],
    stop: ['Bring Redis back; give it memory.'],
    escalate: 'At once to the owner of Redis.',
    falseAlarms: 'A handful of operations at night.',
  },
  {
    alert: 'HighRedisLatency',
    meaning: 'One Redis operation in twenty takes longer than 50 ms.',
    affected: messages,
    queries: [
      redisTime,
      redisErrors,
      {
        ask: 'Is our event loop late?',
        expr: 'histogram_quantile(0.99, sum by (le, instance) (rate(nodejs_eventloop_delay_seconds_bucket[5m])))',
      },
    ],
    decisions: [
      {
        seen: 'all operations',
        cause: 'a slow command or a fork for a snapshot',
        command: 'redis-cli SLOWLOG GET 10',
      },
      { seen: 'xread only', cause: 'it waits on purpose (BLOCK)', command: 'grep -rn "BLOCK" src' },
      profile,
    ],
    stop: ['Find KEYS, large LRANGE and unbounded XRANGE, and bound them.'],
    escalate: 'To the owner of Redis.',
    falseAlarms: 'Blocking reads.',
  },
  {
    alert: 'HighDBFailureRate',
    meaning: 'More than one query in twenty of an operation on a table fails.',
    affected: everybody,
    queries: [
      { ask: 'Which?', expr: 'sum by (operation, table, status) (rate(chatim_db_queries_total[5m]))' },
      queryTime,
      { ask: 'Is the pool exhausted?', expr: 'sum by (state) (chatim_db_connection_pool)' },
    ],
    decisions: [
      { seen: 'one table', cause: 'a migration', command: 'psql -c "\\d+ TABLE"' },
      {
        seen: 'all tables',
        cause: 'the database is down or has no connections left',
        command: 'psql -c "select count(*) from pg_stat_activity"',
      },
      released,
    ],
    stop: [rollback, 'Bring the database back.'],
    escalate: 'At once to the owner of the database.',
    falseAlarms: 'Duplicate keys that the code expects and handles.',
  },
  {
    alert: 'HighDBLatency',
    meaning: 'One query in twenty of an operation on a table takes longer than a second.',
    affected: everybody,
    queries: [
      queryTime,
      { ask: 'How many?', expr: 'sum by (operation, table) (rate(chatim_db_queries_total[5m]))' },
      endpoints,
    ],
    decisions: [
      { seen: 'one table, select', cause: 'a missing index', command: 'psql -c "explain analyze SELECT"' },
      { seen: 'writes', cause: 'locks', command: 'psql -c "select * from pg_locks where not granted"' },
      database,
    ],
    stop: ['End the statement that blocks.', 'Add the index (concurrently).'],
    escalate: 'To the owner of the database.',
    falseAlarms: 'Reports: run them on a replica.',
  },
]
