import type { Decision, RunbookQuery } from '../runbook.ts'

// Questions and findings that several runbooks share.

export const retryReasons: RunbookQuery = {
  ask: 'Which reasons?',
  expr: 'sum by (database, error_type) (rate(batchflow_errors_total[5m])) > 0',
}
export const outcomes: RunbookQuery = {
  ask: 'How did rows end?',
  expr: 'sum by (database, outcome) (rate(batchflow_rows_settled_total[5m]))',
}
export const requests: RunbookQuery = {
  ask: 'How many requests?',
  expr: 'sum by (job, status) (rate(chatim_http_requests_total[5m]))',
}
export const endpoints: RunbookQuery = {
  ask: 'Which endpoints are slow?',
  expr: 'topk(10, histogram_quantile(0.95, sum by (le, endpoint) (rate(chatim_http_request_duration_seconds_bucket[5m]))))',
}
export const redisTime: RunbookQuery = {
  ask: 'Is Redis slow?',
  expr: 'histogram_quantile(0.95, sum by (le, operation) (rate(chatim_redis_operation_duration_seconds_bucket[5m])))',
}
export const redisErrors: RunbookQuery = {
  ask: 'Does Redis fail?',
  expr: 'sum by (operation, status) (rate(chatim_redis_operations_total[5m]))',
}
export const queryTime: RunbookQuery = {
  ask: 'Is the database slow?',
  expr: 'histogram_quantile(0.95, sum by (le, operation, table) (rate(chatim_db_query_duration_seconds_bucket[5m])))',
}
export const heap: RunbookQuery = {
  ask: 'How full is the heap?',
  expr: 'max by (instance) (nodejs_heap_size_used_bytes / nodejs_heap_size_limit_bytes)',
}
export const resources: RunbookQuery = {
  ask: 'Which resources are open?',
  expr: 'sum by (instance, type) (nodejs_active_resources)',
}
export const collections: RunbookQuery = {
  ask: 'How long does garbage collection take?',
  expr: 'sum by (instance, kind) (rate(nodejs_gc_duration_seconds_sum[5m]))',
}
export const restarts: RunbookQuery = {
  ask: 'What restarted?',
  expr: 'changes(process_start_time_seconds[1h]) > 0',
}
export const down: RunbookQuery = { ask: 'What does not answer?', expr: 'up == 0' }
export const connections: RunbookQuery = {
  ask: 'How many connections?',
  expr: 'sum by (job, instance) (chatim_websocket_active_connections)',
}

export const profile: Decision = {
  seen: 'the event loop is busy',
  cause: 'work of the processor',
  command: 'curl -so cpu.pb.gz "http://127.0.0.1:6060/debug/pprof/profile?seconds=10"',
}
export const database: Decision = {
  seen: 'queries are slow too',
  cause: 'the database',
  command: 'psql -c "select query, mean_exec_time from pg_stat_statements order by 2 desc limit 5"',
}
export const redis: Decision = {
  seen: 'Redis is slow or fails too',
  cause: 'Redis',
  command: 'redis-cli --latency-history -i 1',
}
export const released: Decision = {
  seen: 'it began with a deployment',
  cause: 'the new version',
  command: 'kubectl rollout undo deployment/NAME',
}
export const heapProfile: Decision = {
  seen: 'the heap grows for hours',
  cause: 'a leak',
  command: 'curl -so heap.pb.gz http://127.0.0.1:6060/debug/pprof/heap',
}
export const oom: Decision = {
  seen: 'exit code 137',
  cause: 'out of memory',
  command: 'kubectl describe pod POD | grep -i oom',
}
export const logs: Decision = {
  seen: 'exit code 1',
  cause: 'an exception that nobody caught',
  command: 'kubectl logs POD --previous | tail -50',
}

export const messages = 'People who write messages.'
export const everybody = 'Everybody who uses the service.'
export const rollback = 'Roll the last deployment back if it began with one.'
export const developers = 'To the developers after 30 minutes, with the three queries.'
