import type { Runbook } from '../runbook.ts'
import {
  heap,
  resources,
  collections,
  restarts,
  down,
  connections,
  heapProfile,
  oom,
  logs,
  everybody,
  rollback,
  developers,
} from './shared.ts'

/** Runbooks of alerts on processes of the chat service. */
export const guideProcessRunbooks: readonly Runbook[] = [
  {
    alert: 'HighMemoryUsage',
    meaning: 'A process of the chat service uses more than 1 GiB of heap.',
    affected: 'Nobody yet.',
    queries: [heap, collections, resources],
    decisions: [
      heapProfile,
      {
        seen: 'it grows with connections',
        cause: 'memory per connection',
        command: 'curl -s http://HOST:2112/metrics | grep websocket_active',
      },
      {
        seen: 'flat',
        cause: 'it needs that much',
        command: 'node -p "v8.getHeapStatistics().heap_size_limit"',
      },
    ],
    stop: ['Raise --max-old-space-size, below the limit of the container.'],
    escalate: developers,
    falseAlarms: 'A limit well above 1 GiB. The way to a leak is in walkthrough-memory.md.',
  },
  {
    alert: 'HighGoroutineCount',
    meaning:
      'A process has more than 10,000 active resources: sockets, timers, requests. Node.js has no goroutines; these are what does not end here.',
    affected: 'Nobody yet.',
    queries: [
      resources,
      connections,
      { ask: 'How many files?', expr: 'max by (instance) (process_open_fds / process_max_fds)' },
    ],
    decisions: [
      { seen: 'TCPSocketWrap, as many as connections', cause: 'users', command: 'ss -s' },
      {
        seen: 'Timeout',
        cause: 'timers that nobody clears',
        command: 'curl -s "http://127.0.0.1:6060/debug/pprof/goroutine?debug=1"',
      },
      {
        seen: 'requests that do not end',
        cause: 'calls without a time limit',
        command: 'grep -rn "fetch(" src | grep -v signal',
      },
    ],
    stop: ['Restart in order if file descriptors run out.'],
    escalate: developers,
    falseAlarms: 'Many users. The way to the cause is in walkthrough-leak.md.',
  },
  {
    alert: 'HighGCPause',
    meaning: 'One pause of garbage collection in twenty is longer than 0.1 s.',
    affected: 'Everybody: nothing runs during a pause.',
    queries: [
      collections,
      heap,
      {
        ask: 'Is the event loop late?',
        expr: 'histogram_quantile(0.99, sum by (le, instance) (rate(nodejs_eventloop_delay_seconds_bucket[5m])))',
      },
    ],
    decisions: [
      {
        seen: 'major, heap nearly full',
        cause: 'too small a heap, or a leak',
        command: 'node --max-old-space-size=2048 server.js',
      },
      {
        seen: 'minor, many',
        cause: 'much garbage: large messages parsed again and again',
        command: 'curl -so allocs.pb.gz "http://127.0.0.1:6060/debug/pprof/allocs?seconds=10"',
      },
      heapProfile,
    ],
    stop: ['Raise --max-semi-space-size for minor, --max-old-space-size for major collections.'],
    escalate: developers,
    falseAlarms: 'A machine without free processors.',
  },
  {
    alert: 'ServiceDown',
    meaning: 'An instance has not answered a scrape for a minute.',
    affected: everybody,
    queries: [
      down,
      restarts,
      { ask: 'How long do scrapes take?', expr: 'max by (job, instance) (scrape_duration_seconds)' },
    ],
    decisions: [
      oom,
      logs,
      {
        seen: 'it runs',
        cause: 'address, firewall, blocked event loop',
        command: 'curl -m 5 -sS http://HOST:2112/healthz',
      },
    ],
    stop: ['Start it again.', rollback],
    escalate: 'When the last instance is down: at once.',
    falseAlarms: 'Planned stops.',
  },
  {
    alert: 'FrequentRestarts',
    meaning: 'A process has started more than three times within an hour.',
    affected: 'Whoever was connected to it.',
    queries: [restarts, heap, down],
    decisions: [
      oom,
      logs,
      {
        seen: 'exit code 143',
        cause: 'a probe that fails',
        command: 'kubectl get events | grep -i unhealthy',
      },
    ],
    stop: [rollback],
    escalate: developers,
    falseAlarms: 'Several deployments within an hour.',
  },
]
