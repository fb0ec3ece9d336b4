/** The keys of one shard. The braces make them one hash slot of a cluster, so that scripts may use them together. */
export interface ShardKeys {
  /** The entries. */
  readonly stream: string
  /** How many rows and bytes wait in it. */
  readonly meter: string
  /** Who may read from it. */
  readonly lease: string
  /** Names this life of the shard: it goes when its data goes. */
  readonly generation: string
  /** Entries and rows that were given up. */
  readonly dead: string
  /** Followed by the id of a batch that a producer has added. */
  readonly seen: string
}

/** Names the keys of a shard. */
export function shardKeys(stream: string, shard: number): ShardKeys {
  const key = `{${stream}:${shard}}`
  return {
    stream: key,
    meter: `${key}:meter`,
    lease: `${key}:lease`,
    generation: `${key}:generation`,
    dead: `${key}:dead`,
    seen: `${key}:seen:`,
  }
}

/** Workers of a stream, by the time of their last sign of life. */
export const workersKey = (stream: string, group: string): string => `{${stream}}:workers:${group}`

/** The number of shards that everybody has to agree on. */
export const shardsKey = (stream: string): string => `{${stream}}:shards`
