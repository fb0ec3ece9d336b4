import { BatchFlowError, describeValue } from '@batchflow/core'
import type { CoalescePolicy, ColumnType, Conflict, MissingPolicy, TableDefinition } from './definition.ts'

const optionNames = ['columns', 'schema', 'conflict', 'coalesce', 'missing', 'returning', 'types']
const strategies = ['ignore', 'update', 'replace']
const rules = ['overwrite', 'keep', 'add', 'max', 'min', 'coalesce', 'merge']
const columnTypes = ['json', 'date', 'boolean', 'bigint']
const missingPolicies = ['default', 'null', 'error']
const coalescePolicies = ['first', 'last', 'merge']

/** Checks what the compiler could not see and resolves defaults.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET` */
export function checkTable(name: unknown, given: unknown): TableDefinition {
  const table = identifier('name', name)
  const options = record('options', given)
  for (const option of Object.keys(options))
    if (!optionNames.includes(option)) refuse('options', `only ${optionNames.join(', ')}`, option)

  const columns = identifiers('columns', options['columns'])
  const schema = options['schema'] === undefined ? undefined : identifier('schema', options['schema'])
  const conflict = options['conflict'] === undefined ? undefined : checkConflict(options['conflict'], columns)
  const coalesce = checkCoalesce(options['coalesce'], conflict)
  const returning =
    options['returning'] === undefined ? undefined : identifiers('returning', options['returning'])
  const types = options['types'] === undefined ? undefined : checkTypes(options['types'], columns)
  return Object.freeze({
    kind: 'sql-table' as const,
    name: table,
    ...(schema !== undefined && { schema }),
    columns,
    ...(conflict && { conflict }),
    ...(coalesce !== undefined && { coalesce }),
    missing: checkMissing(options['missing']),
    ...(returning && { returning }),
    ...(types && { types }),
  })
}

function checkConflict(given: unknown, columns: readonly string[]): Conflict<string> {
  const conflict = record('conflict', given)
  for (const option of Object.keys(conflict))
    if (!['strategy', 'columns', 'update', 'where'].includes(option))
      refuse('conflict', 'only strategy, columns, update, where', option)
  const strategy = oneOf('conflict.strategy', conflict['strategy'], strategies)
  const keys = subset('conflict.columns', conflict['columns'], columns)
  const { update, where } = conflict
  if (strategy !== 'update') {
    if (update !== undefined) refuse('conflict.update', `left out with strategy ${strategy}`, update)
    if (where !== undefined) refuse('conflict.where', `left out with strategy ${strategy}`, where)
    return Object.freeze({ strategy: strategy as 'ignore' | 'replace', columns: keys })
  }
  if (where !== undefined && (typeof where !== 'string' || where.trim() === '' || where.includes('\0')))
    refuse('conflict.where', 'an SQL condition', where)
  return Object.freeze({
    strategy: 'update' as const,
    columns: keys,
    update: checkUpdate(update, columns),
    ...(typeof where === 'string' && { where }),
  }) as Conflict<string>
}

function checkUpdate(
  given: unknown,
  columns: readonly string[],
): readonly string[] | Readonly<Record<string, string>> {
  if (Array.isArray(given)) return subset('conflict.update', given, columns)
  if (typeof given !== 'object' || given === null || Object.keys(given).length === 0)
    return refuse('conflict.update', 'an array of columns or an object of rules, not empty', given)
  return checkRules('conflict.update', given, columns, rules)
}

function checkTypes(given: unknown, columns: readonly string[]): Readonly<Record<string, ColumnType>> {
  return checkRules('types', given, columns, columnTypes) as Readonly<Record<string, ColumnType>>
}

/** Columns with one of some words each. The copy has no prototype, so that a column may have any name. */
function checkRules(
  option: string,
  given: unknown,
  columns: readonly string[],
  allowed: readonly string[],
): Readonly<Record<string, string>> {
  const checked = Object.create(null) as Record<string, string>
  const entries = Object.entries(record(option, given)).filter(([, rule]) => rule !== undefined)
  for (const [column, rule] of entries) {
    if (!columns.includes(column)) refuse(option, 'made of names in columns', column)
    checked[column] = oneOf(`${option}.${column}`, rule, allowed)
  }
  return Object.freeze(checked)
}

function checkMissing(given: unknown): MissingPolicy {
  return given === undefined ? 'default' : (oneOf('missing', given, missingPolicies) as MissingPolicy)
}

function checkCoalesce(given: unknown, conflict: Conflict<string> | undefined): CoalescePolicy | undefined {
  if (given === undefined) {
    if (!conflict) return undefined
    return conflict.strategy === 'ignore' ? 'first' : 'last'
  }
  if (given !== false && !coalescePolicies.includes(given as string))
    return refuse('coalesce', "'first' or 'last' or 'merge' or false", given)
  if (conflict) return given as CoalescePolicy
  return given === false ? undefined : refuse('coalesce', 'left out without conflict', given)
}

function subset(option: string, given: unknown, columns: readonly string[]): readonly string[] {
  const names = identifiers(option, given)
  for (const name of names) if (!columns.includes(name)) refuse(option, 'made of names in columns', name)
  return names
}

function identifiers(option: string, given: unknown): readonly string[] {
  if (!Array.isArray(given) || given.length === 0) return refuse(option, 'a non-empty array of names', given)
  // Unlike `map`, `from` also visits holes.
  const names = Array.from(given, (name: unknown, index) => identifier(`${option}[${index}]`, name))
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) refuse(option, 'free of repeated names', name)
    seen.add(name)
  }
  return Object.freeze(names)
}

function identifier(option: string, given: unknown): string {
  if (typeof given !== 'string' || given === '' || given.includes('\0'))
    return refuse(option, 'a non-empty string without NUL', given)
  return given
}

function record(option: string, given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return refuse(option, 'an object', given)
  return given as Readonly<Record<string, unknown>>
}

function oneOf(option: string, given: unknown, allowed: readonly string[]): string {
  if (typeof given !== 'string' || !allowed.includes(given))
    return refuse(option, allowed.map((word) => `'${word}'`).join(' or '), given)
  return given
}

function refuse(option: string, rule: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_TARGET', `${option} must be ${rule}, got ${described(got)}`)
}

/** Most lists and objects are refused for being empty. */
function described(value: unknown): string {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
  return isEmpty ? describeValue(value).replace('an ', 'an empty ') : describeValue(value)
}
