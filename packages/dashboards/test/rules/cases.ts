/** Series, as promtool takes them (a sample a minute), and the moment to look. */
export interface RuleCase {
  readonly alert: string
  /** More labels of the alert that is looked for. */
  readonly labels?: Readonly<Record<string, string>>
  readonly fires: boolean
  readonly because: string
  readonly at: string
  readonly series: Readonly<Record<string, string>>
}

type Series = RuleCase['series']

const flow = 'job="batchflow",instance="a:2112",database="postgres",instance_id="signup"'
const process = 'job="batchflow",instance="a:2112"'
const chat = 'job="chatim",instance="b:2113"'

/** A counter that grows by so much a minute, for so long. */
const grows = (perMinute: number, minutes: number) => `0+${perMinute}x${minutes}`
const stays = (value: number, minutes: number) => `${value}x${minutes}`

const settled = (written: number, lost: number, reason = 'connection'): Series => ({
  [`batchflow_rows_settled_total{${flow},outcome="written"}`]: grows(written, 100),
  [`batchflow_rows_settled_total{${flow},outcome="dead_lettered"}`]: grows(lost, 100),
  [`batchflow_rows_dead_lettered_total{${flow},reason="${reason}"}`]: grows(lost, 100),
  [`batchflow_rows_dead_lettered_total{${flow},reason="timeout"}`]: stays(0, 100),
})
const commits = (all: number, late: number): Series => ({
  ...settled(all, 0),
  [`batchflow_row_commit_latency_seconds_bucket{${flow},le="0.512"}`]: grows(all - late, 100),
  [`batchflow_row_commit_latency_seconds_count{${flow}}`]: grows(all, 100),
})
const submits = (taken: number, refused: number, reason = 'queue_full'): Series => ({
  [`batchflow_rows_submitted_total{${flow}}`]: grows(taken, 100),
  [`batchflow_submit_rejected_total{${flow},reason="${reason}"}`]: grows(refused, 100),
})

interface Pair {
  readonly alert: string
  readonly labels?: Readonly<Record<string, string>>
  readonly at: string
  readonly fires: readonly [because: string, series: Series]
  readonly silent: readonly [because: string, series: Series]
}

const pairs: readonly Pair[] = [
  // Each burn rate: a loss just above its limit, and the one below it.
  ...(
    [
      ['14.4', 20, 10],
      ['6', 10, 4],
      ['3', 4, 2],
      ['1', 2, 0],
    ] as const
  ).map(([burn, above, below]): Pair => ({
    alert: 'BatchFlowRowsLost',
    labels: { burn },
    at: '15m',
    fires: [`${above} of 1,000 rows are lost`, settled(1000 - above, above)],
    silent: [`${below} of 1,000 rows are lost`, settled(1000 - below, below)],
  })),
  {
    alert: 'BatchFlowRowsLost',
    labels: { burn: '14.4' },
    at: '15m',
    fires: ['all rows are lost', settled(0, 10)],
    silent: ['the rows are bad ones of the caller', settled(980, 20, 'constraint')],
  },
  {
    alert: 'BatchFlowRowsLost',
    at: '90m',
    fires: ['two rows a minute are enough to tell', settled(0, 2)],
    silent: ['one row a minute is too little to tell', settled(0, 1)],
  },
  ...(
    [
      ['14.4', 200, 100],
      ['6', 80, 40],
      ['3', 40, 20],
      ['1', 20, 5],
    ] as const
  ).map(([burn, above, below]): Pair => ({
    alert: 'BatchFlowCommitLatency',
    labels: { burn },
    at: '15m',
    fires: [`${above} of 1,000 rows are late`, commits(1000, above)],
    silent: [`${below} of 1,000 rows are late`, commits(1000, below)],
  })),
  ...(
    [
      ['3', 4, 2],
      ['1', 2, 0],
    ] as const
  ).map(([burn, above, below]): Pair => ({
    alert: 'BatchFlowSubmitsRefused',
    labels: { burn },
    at: '15m',
    fires: [`${above} of 1,000 submits are refused`, submits(1000 - above, above)],
    silent: [`${below} of 1,000 submits are refused`, submits(1000 - below, below)],
  })),
  {
    alert: 'BatchFlowSubmitsRefused',
    at: '15m',
    fires: ['the buffer is full', submits(900, 100)],
    silent: ['the rows are too large', submits(900, 100, 'too_large')],
  },
  {
    alert: 'BatchFlowWritesStalled',
    at: '10m',
    fires: [
      'rows wait since the first minute',
      {
        [`batchflow_last_success_timestamp_seconds{${flow}}`]: stays(60, 20),
        [`batchflow_rows_pending{${flow}}`]: stays(5, 20),
      },
    ],
    silent: [
      'nothing waits',
      {
        [`batchflow_last_success_timestamp_seconds{${flow}}`]: stays(60, 20),
        [`batchflow_rows_pending{${flow}}`]: stays(0, 20),
      },
    ],
  },
  {
    alert: 'BatchFlowWritesStalled',
    at: '10m',
    fires: [
      'nothing was ever written',
      {
        [`batchflow_last_success_timestamp_seconds{${flow}}`]: stays(0, 20),
        [`batchflow_rows_pending{${flow}}`]: stays(5, 20),
      },
    ],
    silent: [
      'rows are written all the time',
      {
        [`batchflow_last_success_timestamp_seconds{${flow}}`]: grows(60, 20),
        [`batchflow_rows_pending{${flow}}`]: stays(5, 20),
      },
    ],
  },
  {
    alert: 'BatchFlowWriterDown',
    at: '5m',
    fires: ['it does not answer', { [`up{${process}}`]: stays(0, 10) }],
    silent: ['it answers', { [`up{${process}}`]: stays(1, 10) }],
  },
  {
    alert: 'BatchFlowWriterDown',
    at: '5m',
    fires: ['no writer is known', { [`up{${chat}}`]: stays(1, 10) }],
    silent: ['somebody else is down', { [`up{${process}}`]: stays(1, 10), [`up{${chat}}`]: stays(0, 10) }],
  },
  {
    alert: 'BatchFlowRowsDeadLettered',
    at: '15m',
    fires: ['one row', { [`batchflow_rows_dead_lettered_total{${flow},reason="syntax"}`]: '0x9 1x10' }],
    silent: [
      'it was long ago',
      { [`batchflow_rows_dead_lettered_total{${flow},reason="syntax"}`]: stays(1, 20) },
    ],
  },
  {
    alert: 'BatchFlowRowsDropped',
    at: '15m',
    fires: ['ten rows', { [`batchflow_rows_dropped_total{${flow},reason="queue_full"}`]: '0x9 10x10' }],
    silent: [
      'it was long ago',
      { [`batchflow_rows_dropped_total{${flow},reason="queue_full"}`]: stays(10, 20) },
    ],
  },
  {
    alert: 'BatchFlowQueueNearFull',
    at: '10m',
    fires: [
      '95 of 100',
      {
        [`batchflow_rows_pending{${flow}}`]: stays(95, 20),
        [`batchflow_queue_capacity_rows{${flow}}`]: stays(100, 20),
      },
    ],
    silent: [
      'it was full for two minutes only',
      {
        [`batchflow_rows_pending{${flow}}`]: '10x7 95x2 10x10',
        [`batchflow_queue_capacity_rows{${flow}}`]: stays(100, 20),
      },
    ],
  },
  {
    alert: 'BatchFlowOldestRow',
    at: '10m',
    fires: [
      '90 s with an interval of 0.1 s',
      {
        [`batchflow_queue_oldest_age_seconds{${flow}}`]: stays(90, 20),
        [`batchflow_flush_interval_seconds{${flow}}`]: stays(0.1, 20),
      },
    ],
    silent: [
      '90 s with an interval of 60 s',
      {
        [`batchflow_queue_oldest_age_seconds{${flow}}`]: stays(90, 20),
        [`batchflow_flush_interval_seconds{${flow}}`]: stays(60, 20),
      },
    ],
  },
  {
    alert: 'BatchFlowSubmitsRejected',
    at: '15m',
    fires: ['the buffer was full', submits(100, 1)],
    silent: ['the rows were invalid', submits(100, 1, 'invalid_row')],
  },
  {
    alert: 'BatchFlowRetryStorm',
    at: '15m',
    fires: [
      'every second batch, two batches a second',
      {
        [`batchflow_batches_total{${flow},table="users",status="success"}`]: grows(120, 20),
        [`batchflow_errors_total{${flow},table="users",error_type="retry:deadlock"}`]: grows(60, 20),
      },
    ],
    silent: [
      'every second batch, one batch in two seconds',
      {
        [`batchflow_batches_total{${flow},table="users",status="success"}`]: grows(30, 20),
        [`batchflow_errors_total{${flow},table="users",error_type="retry:deadlock"}`]: grows(15, 20),
      },
    ],
  },
  {
    alert: 'BatchFlowPoolWaiting',
    at: '10m',
    fires: [
      'two wait',
      { [`batchflow_pool_connections{${process},database="postgres",state="pending"}`]: stays(2, 20) },
    ],
    silent: [
      'nobody waits',
      { [`batchflow_pool_connections{${process},database="postgres",state="pending"}`]: stays(0, 20) },
    ],
  },
  {
    alert: 'BatchFlowEventLoopBlocked',
    at: '15m',
    fires: ['one in ten above 0.25 s', delays(90)],
    silent: ['none above 0.25 s', delays(100)],
  },
  {
    alert: 'BatchFlowHeapNearLimit',
    at: '10m',
    fires: ['95 %', heap(95)],
    silent: ['80 %', heap(80)],
  },
  {
    alert: 'BatchFlowFrequentRestarts',
    at: '20m',
    fires: ['one a minute', { [`process_start_time_seconds{${process}}`]: grows(60, 30) }],
    silent: ['none', { [`process_start_time_seconds{${process}}`]: stays(60, 30) }],
  },
  {
    alert: 'BatchFlowMetricsCardinality',
    at: '40m',
    fires: [
      'labels are folded away',
      {
        [`batchflow_metrics_dropped_labels_total{${process},family="batchflow_batches_total"}`]: grows(1, 50),
      },
    ],
    silent: [
      'it was long ago',
      {
        [`batchflow_metrics_dropped_labels_total{${process},family="batchflow_batches_total"}`]: stays(9, 50),
      },
    ],
  },
]

function delays(fast: number): Series {
  const family = `nodejs_eventloop_delay_seconds_bucket{${process}`
  return {
    [`${family},le="0.1"}`]: grows(fast / 2, 20),
    [`${family},le="0.25"}`]: grows(fast, 20),
    [`${family},le="0.5"}`]: grows(100, 20),
    [`${family},le="+Inf"}`]: grows(100, 20),
  }
}

function heap(used: number): Series {
  return {
    [`nodejs_heap_size_used_bytes{${process}}`]: stays(used, 20),
    [`nodejs_heap_size_limit_bytes{${process}}`]: stays(100, 20),
  }
}

const shares = (metric: string, labels: string, failed: number): Series => ({
  [`${metric}{${chat},${labels},status="failed"}`]: grows(failed, 30),
  [`${metric}{${chat},${labels},status="success"}`]: grows(100 - failed, 30),
})

/** A histogram with one bound that counts: so many of 100 are below it. */
const below = (family: string, labels: string, bounds: readonly [string, string], fast: number): Series => ({
  [`${family}_bucket{${chat}${labels},le="${bounds[0]}"}`]: grows(fast, 30),
  [`${family}_bucket{${chat}${labels},le="${bounds[1]}"}`]: grows(100, 30),
  [`${family}_bucket{${chat}${labels},le="+Inf"}`]: grows(100, 30),
})

const gauge = (metric: string, labels: string, high: number, low: number) => ({
  fires: [`${high}`, { [`${metric}{${labels}}`]: stays(high, 30) }] as const,
  silent: [`${low}`, { [`${metric}{${labels}}`]: stays(low, 30) }] as const,
})

const guidePairs: readonly Pair[] = [
  {
    alert: 'BatchFlowHighErrorRate',
    at: '15m',
    fires: ['one in ten', batches(10)],
    silent: ['one in a hundred', batches(1)],
  },
  {
    alert: 'BatchFlowLowDataIntegrity',
    at: '15m',
    ...gauge('batchflow_data_integrity_rate', flow, 0.9, 0.99),
  },
  {
    alert: 'BatchFlowLowPerformance',
    at: '15m',
    fires: ['500 rows/s while rows wait', throughput(500, 10)],
    silent: ['nothing to write', throughput(0, 0)],
  },
  {
    alert: 'BatchFlowHighMemoryUsage',
    at: '15m',
    ...gauge('batchflow_memory_usage_bytes', flow, 2147483648, 1e9),
  },
  {
    alert: 'HighHTTPErrorRate',
    at: '20m',
    fires: ['one in ten', requests(10)],
    silent: ['one in a hundred', requests(1)],
  },
  {
    alert: 'HighHTTPLatency',
    at: '25m',
    fires: ['one in ten above a second', below('chatim_http_request_duration_seconds', '', ['1', '2.5'], 90)],
    silent: ['none above a second', below('chatim_http_request_duration_seconds', '', ['1', '2.5'], 100)],
  },
  {
    alert: 'HTTPRequestDropped',
    at: '90m',
    fires: ['a tenth', { [`chatim_http_requests_total{${chat},status="200"}`]: '0+100x70 7010+10x30' }],
    silent: ['the same', { [`chatim_http_requests_total{${chat},status="200"}`]: '0+100x100' }],
  },
  {
    alert: 'HighMessageSendFailureRate',
    at: '20m',
    fires: ['one in five', shares('chatim_messages_sent_total', 'type="private"', 20)],
    silent: ['one in twenty', shares('chatim_messages_sent_total', 'type="private"', 5)],
  },
  {
    alert: 'RedisStreamBacklog',
    at: '20m',
    ...gauge('chatim_redis_stream_pending_messages', `${chat},stream_key="private"`, 2000, 500),
  },
  {
    alert: 'WebSocketConnectionDropped',
    at: '28m',
    fires: ['half', { [`chatim_websocket_active_connections{${chat}}`]: '100x20 50x20' }],
    silent: ['a fifth', { [`chatim_websocket_active_connections{${chat}}`]: '100x20 80x20' }],
  },
  { alert: 'HighMemoryUsage', at: '20m', ...gauge('chatim_go_memory_heap_bytes', chat, 2e9, 1e9) },
  { alert: 'HighGoroutineCount', at: '20m', ...gauge('chatim_go_goroutines', chat, 20_000, 9_000) },
  {
    alert: 'HighGCPause',
    at: '25m',
    fires: ['one in ten above 0.1 s', below('chatim_go_gc_pause_duration_seconds', '', ['0.1', '0.25'], 90)],
    silent: ['none above 0.1 s', below('chatim_go_gc_pause_duration_seconds', '', ['0.1', '0.25'], 100)],
  },
  {
    alert: 'HighRedisFailureRate',
    at: '20m',
    fires: ['one in ten', shares('chatim_redis_operations_total', 'operation="xadd"', 10)],
    silent: ['one in a hundred', shares('chatim_redis_operations_total', 'operation="xadd"', 1)],
  },
  {
    alert: 'HighRedisLatency',
    at: '25m',
    fires: [
      'one in ten above 50 ms',
      below('chatim_redis_operation_duration_seconds', ',operation="get"', ['0.05', '0.1'], 90),
    ],
    silent: [
      'none above 50 ms',
      below('chatim_redis_operation_duration_seconds', ',operation="get"', ['0.05', '0.1'], 100),
    ],
  },
  {
    alert: 'HighDBFailureRate',
    at: '20m',
    fires: ['one in ten', shares('chatim_db_queries_total', 'operation="insert",table="users"', 10)],
    silent: ['one in a hundred', shares('chatim_db_queries_total', 'operation="insert",table="users"', 1)],
  },
  {
    alert: 'HighDBLatency',
    at: '25m',
    fires: [
      'one in ten above a second',
      below('chatim_db_query_duration_seconds', ',operation="select",table="messages"', ['1', '2.5'], 90),
    ],
    silent: [
      'none above a second',
      below('chatim_db_query_duration_seconds', ',operation="select",table="messages"', ['1', '2.5'], 100),
    ],
  },
  { alert: 'ServiceDown', at: '5m', ...gauge('up', chat, 0, 1) },
  {
    alert: 'FrequentRestarts',
    at: '20m',
    fires: ['one a minute', { [`process_start_time_seconds{${chat}}`]: grows(60, 30) }],
    silent: ['none', { [`process_start_time_seconds{${chat}}`]: stays(60, 30) }],
  },
]

function batches(failed: number): Series {
  return {
    [`batchflow_batch_failed_total{${flow},table="users"}`]: grows(failed, 20),
    [`batchflow_batch_success_total{${flow},table="users"}`]: grows(100 - failed, 20),
  }
}

function throughput(rowsPerSecond: number, waiting: number): Series {
  return {
    [`batchflow_current_rps{${flow}}`]: stays(rowsPerSecond, 20),
    [`batchflow_pipeline_queue_length{${flow}}`]: stays(waiting, 20),
  }
}

function requests(failed: number): Series {
  return {
    [`chatim_http_requests_total{${chat},status="500"}`]: grows(failed, 30),
    [`chatim_http_requests_total{${chat},status="200"}`]: grows(100 - failed, 30),
  }
}

function both(list: readonly Pair[]): RuleCase[] {
  return list.flatMap(({ fires, silent, ...rest }): RuleCase[] => [
    { ...rest, fires: true, because: fires[0], series: fires[1] },
    { ...rest, fires: false, because: silent[0], series: silent[1] },
  ])
}

/** For batchflow.rules.yml. The watchdog cannot be silent: that is what it is for. */
export const operatorCases: readonly RuleCase[] = [
  ...both(pairs),
  { alert: 'BatchFlowWatchdog', fires: true, because: 'it always does', at: '1m', series: { up: '1x5' } },
]

/** For guide.rules.yml. */
export const guideCases: readonly RuleCase[] = both(guidePairs)
