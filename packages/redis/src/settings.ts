import { BatchFlowError, describeValue } from '@batchflow/core'
import { type ConnectionOptions, isCluster, isRedisClient, type RedisClient } from './ioredis.ts'

/** Options of an ioredis client that are safe to write with.
 *
 * @example
 * ```ts
 * const options: RecommendedOptions = { ...recommendedOptions(), commandTimeout: 2_000 }
 * ``` */
export interface RecommendedOptions {
  /** What was out when a connection broke may have been carried out, and ioredis must not do it again by itself. */
  readonly autoResendUnfulfilledCommands: false
  /** A command that was out when the connection broke is rejected at once. */
  readonly maxRetriesPerRequest: 0
  /** What cannot be sent is rejected at once instead of waiting in the client. */
  readonly enableOfflineQueue: false
  /** The system asks an idle connection whether it is still there after so long, in milliseconds. */
  readonly keepAlive: number
  /** A command of your own that is not answered in time is rejected, in milliseconds. Batches have the flow's `timeoutMs`. */
  readonly commandTimeout: number
  /** A server that has become a replica is left for the one that its name leads to now. */
  readonly reconnectOnError: (error: Error) => boolean
}

/** Options for an ioredis client of a service that writes with this driver: nothing is sent twice and nothing is pending
 * for ever. A connection that is dead without saying so is destroyed by the driver; ioredis's own `socketTimeout` is not
 * among these because its timer outlives a connection and ends the next one (5.11).
 *
 * @example
 * ```ts
 * const client = new Redis({ host: 'cache.internal', ...recommendedOptions() })
 * const cluster = new Cluster(nodes, { redisOptions: recommendedOptions() })
 * ``` */
export function recommendedOptions(): RecommendedOptions {
  return {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    keepAlive: 10_000,
    commandTimeout: 10_000,
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  }
}

/** Takes a client whose settings keep the promises of this driver.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkClient(client: unknown): RedisClient {
  if (typeof client !== 'object' || client === null || !isRedisClient(client))
    return refuse('client', 'a client of ioredis 5 (Redis or Cluster)', client)
  if (isCluster(client)) {
    const { redisOptions = {}, keyPrefix, clusterNodeRetryStrategy } = client.options
    checkPrefix('client.options.keyPrefix', keyPrefix)
    checkPrefix('client.options.redisOptions.keyPrefix', redisOptions.keyPrefix)
    // Without this a node's connection that breaks is not made anew, so nothing is sent on it again.
    if (typeof clusterNodeRetryStrategy === 'function')
      checkResending('client.options.redisOptions', {
        ...redisOptions,
        retryStrategy: clusterNodeRetryStrategy,
      })
  } else {
    checkPrefix('client.options.keyPrefix', client.options.keyPrefix)
    checkResending('client.options', client.options)
  }
  return client
}

/** ioredis sends what was out when a connection broke again, with these settings: an INCR counts twice, and nobody is
 * told. */
function checkResending(where: string, options: ConnectionOptions): void {
  const { autoResendUnfulfilledCommands = true, maxRetriesPerRequest = 20, retryStrategy } = options
  if (!autoResendUnfulfilledCommands || maxRetriesPerRequest === 0 || typeof retryStrategy !== 'function')
    return
  refuse(
    `${where}.autoResendUnfulfilledCommands`,
    `false, or maxRetriesPerRequest 0 (it is ${describeValue(maxRetriesPerRequest)}), as in recommendedOptions()`,
    autoResendUnfulfilledCommands,
  )
}

/** The driver encodes commands itself. A prefix that it left out would write to other keys. */
function checkPrefix(option: string, prefix: string | Buffer | undefined): void {
  if (prefix === undefined || prefix.length === 0) return
  refuse(
    option,
    'left out (give the target whole keys, and the driver client.duplicate({ keyPrefix: "" }))',
    prefix,
  )
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function refuse(option: string, rule: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${option} must be ${rule}, got ${describeValue(got)}`)
}
