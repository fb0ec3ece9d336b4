import { rowSemantics, type RowKey, type Target } from '@batchflow/core'
import type { ModelRow } from './model-row.ts'

/** How the rows of a target are keyed and joined:
 *
 * - `bare`: a target that is only a name
 * - `unkeyed`: copied and measured, no key
 * - `keyed`: with a key, and no two rows can be joined
 * - `first`, `last`: of rows with one key one is written
 * - `merge`: rows with one key become a new one
 * - `sometimes`: some pairs can be joined, others not */
export const laneKinds = ['bare', 'unkeyed', 'keyed', 'first', 'last', 'merge', 'sometimes'] as const
export type LaneKind = (typeof laneKinds)[number]

/** Those that the options of a pipeline can ask for. */
export const pipelineKinds: readonly [LaneKind, ...LaneKind[]] = [
  'unkeyed',
  'keyed',
  'first',
  'last',
  'merge',
]

/** A target of a simulation, and what is known of it. */
export interface ModelLane {
  readonly kind: LaneKind
  readonly target: Target<ModelRow>
  readonly keyed: boolean
  /** Rows of one key may be joined. */
  readonly joins: boolean
}

export function modelLane(name: string, kind: LaneKind): ModelLane {
  const coalesce = joining[kind]
  const keyed = kind !== 'bare' && kind !== 'unkeyed'
  const semantics = {
    definition: `${name} ${kind}`,
    snapshot: (row: ModelRow): ModelRow => ({ ...row }),
    bytesOf: (row: ModelRow): number => row.bytes,
    ...(keyed ? { key: (row: ModelRow): RowKey => row.key ?? undefined } : {}),
    ...(coalesce === undefined ? {} : { coalesce }),
  }
  const target = kind === 'bare' ? { name } : { name, [rowSemantics]: semantics }
  return { kind, target, keyed, joins: coalesce !== undefined }
}

/** A row that holds both. */
export function merged(earlier: ModelRow, later: ModelRow): ModelRow {
  return { ...later, ids: [...earlier.ids, ...later.ids] }
}

type Join = (earlier: ModelRow, later: ModelRow) => ModelRow | undefined

const joining: Readonly<Partial<Record<LaneKind, Join>>> = {
  first: (earlier) => earlier,
  last: (_, later) => later,
  merge: merged,
  sometimes: (earlier, later) => ((earlier.id + later.id) % 3 === 0 ? undefined : later),
}
