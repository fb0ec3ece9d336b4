import { BatchFlowError, describeValue, type RowKey, rowSemantics, type Target } from '@batchflow/core'
import { randomUUID } from 'node:crypto'
import type { RedisCommand } from './command.ts'
import { bytesOfCopy, commandsOfCopy, copyRow } from './row-commands.ts'

/** The key under which a target says by what a row is written. Registered globally, so that two installed copies of the
 * package understand each other's targets. */
export const commandsOfRow: unique symbol = Symbol.for('batchflow.redisCommands') as never

/** Commands as a target of a flow. Made by {@link commandsOf} and by the ready-made ones ({@link keyValueOf} and so on);
 * frozen.
 *
 * @example
 * ```ts
 * const visits: RedisTarget<Visit> = counterOf<Visit>()('visits', { key: (visit) => `visits:${visit.page}` })
 * ``` */
// oxlint-disable-next-line typescript/no-explicit-any -- one flow holds targets of different rows
export interface RedisTarget<in out Row = any> extends Target<Row> {
  /** Tells Redis targets from those of other drivers. */
  readonly kind: 'redis-commands'
  /** The commands of a row: those that it was submitted with. Not for you. */
  readonly [commandsOfRow]?: (row: Row) => readonly RedisCommand[]
}

/** What rows of a target have to do with each other.
 *
 * @example
 * ```ts
 * const options: CommandsOptions<Session> = { key: (session) => session.id, coalesce: 'last' }
 * ``` */
export interface CommandsOptions<Row> {
  /** Rows with equal keys are written in the order of submission, also where one of them has to be tried again. Left out:
   * rows are in order as long as none has to be. `undefined` for a row that is never the same as another. The function
   * gets the copy of the row and must always answer the same for it. */
  readonly key?: (row: Row) => RowKey
  /** `'last'`: of rows with one key that stand in one batch only the last is written. For commands that overwrite all that
   * the earlier ones wrote (SET, not HSET of some fields, not INCR). Needs `key`. @defaultValue every row is written */
  readonly coalesce?: 'last'
}

/** Defines a target whose rows become commands.
 *
 * @example
 * ```ts
 * const define: DefineCommands<Order> = commandsOf<Order>()
 * ``` */
export type DefineCommands<Row> = (
  name: string,
  toCommands: (row: Row) => readonly RedisCommand[],
  options?: CommandsOptions<Row>,
) => RedisTarget<Row>

/** Defines a target whose rows are written by commands of your own. `toCommands` is called when a row is submitted, so
 * that a row changed later does not change what is written; what Redis would take for something else (undefined, an
 * object, NaN) is refused there and then with `BATCHFLOW_INVALID_ROW`. Buffers must not be changed until the row is
 * settled.
 *
 * The commands of one row stay together and in order. Several are a transaction (`MULTI`, `EXEC`): all of them are carried
 * out or none, except that Redis goes on after a command that fails on the data (`WRONGTYPE`); then the row is set aside
 * and what its other commands did stays. In a cluster the keys of one row must be of one hash slot (`{tag}`).
 *
 * Define a target once and share it: two definitions under one name are refused by the flow.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, naming the option, the rule and the value
 * @example
 * ```ts
 * const orders = commandsOf<Order>()('orders', (order) => [
 *   ['HSET', `order:{${order.id}}`, 'status', order.status, 'total', order.cents],
 *   ['SADD', `order:{${order.id}}:seen`, order.status],
 * ])
 * ``` */
export function commandsOf<Row extends object>(): DefineCommands<Row> {
  return (name, toCommands, options = {}) => {
    checkName(name)
    if (typeof toCommands !== 'function') refuse('toCommands', 'a function', toCommands)
    checkOptions(options)
    return defineTarget(name, toCommands, options)
  }
}

/** The target itself, its parts checked. */
export function defineTarget<Row>(
  name: string,
  toCommands: (row: Row) => readonly RedisCommand[],
  { key, coalesce }: CommandsOptions<Row>,
): RedisTarget<Row> {
  const semantics = {
    // Nobody can see whether two functions are the same definition.
    definition: `redis-commands:${name}:${randomUUID()}`,
    snapshot: (row: Row): Row => copyRow(name, row, toCommands),
    bytesOf: bytesOfCopy,
    ...(key && { key }),
    ...(coalesce && { coalesce: (_earlier: Row, later: Row): Row => later }),
  }
  return Object.freeze({
    kind: 'redis-commands' as const,
    name,
    [rowSemantics]: Object.freeze(semantics),
    // Rows that no flow took have the commands that they have now.
    [commandsOfRow]: (row: Row) =>
      commandsOfCopy(row) ?? commandsOfCopy(copyRow(name, row, toCommands)) ?? [],
  })
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_TARGET` */
export function checkName(name: unknown): void {
  if (typeof name !== 'string' || name === '') refuse('name', 'a text that is not empty', name)
}

function checkOptions(options: unknown): void {
  checkKnown(options, ['key', 'coalesce'])
  const { key, coalesce } = options as Readonly<Record<string, unknown>>
  if (key !== undefined && typeof key !== 'function') refuse('key', 'a function', key)
  checkCoalesce(coalesce)
  if (coalesce !== undefined && key === undefined) refuse('key', "a function where coalesce is 'last'", key)
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_TARGET` */
export function checkCoalesce(coalesce: unknown): void {
  if (coalesce !== undefined && coalesce !== 'last') refuse('coalesce', "'last' or left out", coalesce)
}

/** A misspelt option must not be passed over in silence.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET` */
export function checkKnown(options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) return refuse('options', 'an object', options)
  for (const option of Object.keys(options))
    if (!names.includes(option)) refuse('options', `only ${names.join(', ')}`, option)
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_TARGET` */
export function refuse(option: string, rule: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_TARGET', `${option} must be ${rule}, got ${describeValue(got)}`)
}
