/** A way from a symptom to its cause: guide 004's three, for Node.js. */
export interface Walkthrough {
  readonly file: string
  readonly title: string
  readonly steps: readonly WalkthroughStep[]
}

export interface WalkthroughStep {
  readonly do: string
  readonly code?: { readonly language: 'promql' | 'sh' | 'ts'; readonly text: string }
  readonly next: string
}

export const walkthroughs: readonly Walkthrough[] = [
  {
    file: 'walkthrough-latency.md',
    title: 'Requests have become slow',
    steps: [
      {
        do: 'See that it is so, and for which endpoint. A quantile wants `rate`: without it the whole life of the process is averaged, and a change from 50 ms to 500 ms does not show.',
        code: {
          language: 'promql',
          text: 'histogram_quantile(0.95, sum by (le, endpoint) (rate(chatim_http_request_duration_seconds_bucket{endpoint="/api/v1/messages/send"}[5m])))',
        },
        next: 'One endpoint: go on. All of them: look at the event loop first (step 3).',
      },
      {
        do: 'Ask what it waits for: the database, Redis, or the flow.',
        code: {
          language: 'promql',
          text: 'histogram_quantile(0.95, sum by (le, table) (rate(chatim_db_query_duration_seconds_bucket[5m])))',
        },
        next: 'Slow too: that is the cause; see HighDBLatency.md. If only writes through BatchFlow are late, see BatchFlowCommitLatency.md.',
      },
      {
        do: 'Ask whether the process itself is busy.',
        code: {
          language: 'promql',
          text: 'max by (instance) (nodejs_eventloop_utilization_ratio)',
        },
        next: 'Near 1: take a profile. Low, with a high delay p99: one long piece of work blocks it now and then.',
      },
      {
        do: 'Take a profile of the processor for 30 seconds, and open it. `/debug/pprof/flame` draws it without Go.',
        code: {
          language: 'sh',
          text: 'curl -so cpu.pb.gz "http://127.0.0.1:6060/debug/pprof/profile?seconds=30"\ngo tool pprof -http=:8081 cpu.pb.gz',
        },
        next: 'Look for the widest frame of your own. In the guide it was JSON.stringify of a notification, made once per receiver.',
      },
      {
        do: 'Do the work once instead of once per receiver, in pieces, or in a worker thread.',
        code: {
          language: 'ts',
          text: 'const text = JSON.stringify(notification)\nfor (const socket of receivers) socket.send(text)',
        },
        next: 'Deploy to one instance.',
      },
      {
        do: 'See that it helped: the first query, by instance.',
        next: 'p95 is back where it was: done. If not, the profile has another widest frame now.',
      },
    ],
  },
  {
    file: 'walkthrough-memory.md',
    title: 'Memory grows',
    steps: [
      {
        do: 'See what grows: heap, external memory (Buffers), or neither and only the resident size.',
        code: { language: 'promql', text: 'deriv(nodejs_heap_size_used_bytes[1h]) * 3600' },
        next: 'The heap: go on. External: look for Buffers that are kept, slices of large ones above all. Neither: native code or fragmentation.',
      },
      {
        do: 'Rule out the buffer of the flow: it is bounded by bufferBytes.',
        code: { language: 'promql', text: 'sum by (instance, instance_id) (batchflow_queue_bytes)' },
        next: 'Large: the database is slow, not the memory leaky; see BatchFlowQueueNearFull.md.',
      },
      {
        do: 'Take two heap profiles, half an hour apart, and compare them.',
        code: {
          language: 'sh',
          text: 'curl -so old.pb.gz http://127.0.0.1:6060/debug/pprof/heap\nsleep 1800\ncurl -so new.pb.gz http://127.0.0.1:6060/debug/pprof/heap\ngo tool pprof -base old.pb.gz -top new.pb.gz',
        },
        next: 'What has grown is at the top. In the guide it was pulling messages: XREVRANGE without COUNT read whole streams.',
      },
      {
        do: 'Bound what is read.',
        code: { language: 'ts', text: "await redis.xrevrange(key, '+', '-', 'COUNT', 100)" },
        next: 'Other usual causes: a Map that is only added to, listeners that are added per request, closures kept by a timer.',
      },
      {
        do: 'See that it is flat for longer than it took to grow before.',
        code: { language: 'promql', text: 'max by (instance) (nodejs_heap_size_used_bytes)' },
        next: 'A saw with level valleys is healthy: only the valleys count.',
      },
    ],
  },
  {
    file: 'walkthrough-leak.md',
    title: 'Work that never ends',
    steps: [
      {
        do: 'Node.js has no goroutines; what leaks are promises that nobody settles, timers, sockets. See what grows.',
        code: { language: 'promql', text: 'sum by (instance, type) (nodejs_active_resources)' },
        next: 'TCPSocketWrap: connections. Timeout: timers. TCPConnectWrap, GetAddrInfoReqWrap: calls that do not come back.',
      },
      {
        do: 'See what is open, with the places where it was begun.',
        code: { language: 'sh', text: 'curl -s "http://127.0.0.1:6060/debug/pprof/goroutine?debug=1"' },
        next: 'Many of one kind from one place: that is it. In the guide it was redis.publish without a time limit.',
      },
      {
        do: 'Give every call a deadline, and every promise an owner.',
        code: {
          language: 'ts',
          text: 'const signal = AbortSignal.timeout(2_000)\nawait fetch(url, { signal })\nawait flow.submit(users, row, { signal })',
        },
        next: 'For ioredis: commandTimeout. For pg: statement_timeout and query_timeout.',
      },
      {
        do: 'See that file descriptors are level too.',
        code: { language: 'promql', text: 'max by (instance) (process_open_fds / process_max_fds)' },
        next: 'Level for an hour under the same traffic: done.',
      },
    ],
  },
]

/** The page of a walk-through. */
export function renderWalkthrough({ title, steps }: Walkthrough): string {
  const text = steps.map((step, i) => {
    const code = step.code ? `\n\n\`\`\`${step.code.language}\n${step.code.text}\n\`\`\`` : ''
    return `**Step ${i + 1}.** ${step.do}${code}\n\n${step.next}`
  })
  return `# ${title}\n\n${text.join('\n\n')}\n`
}
