import { defaultSemantics } from '../driver/default-semantics.ts'
import type { RowSemantics } from '../driver/target.ts'
import type { PipelineOptions } from './options.ts'

/** How the items of a pipeline are copied, measured, keyed and joined. */
export function itemSemantics<Item>(
  name: string,
  { key, coalesce, sizeOf }: Pick<PipelineOptions<Item>, 'key' | 'coalesce' | 'sizeOf'>,
): RowSemantics<Item> {
  const bare = defaultSemantics(name) as RowSemantics<Item>
  return {
    ...bare,
    ...(sizeOf === undefined ? {} : { bytesOf: sizeOf }),
    ...(key === undefined ? {} : { key }),
    ...(coalesce === undefined ? {} : { coalesce: joinOf(coalesce) }),
  }
}

function joinOf<Item>(
  coalesce: NonNullable<PipelineOptions<Item>['coalesce']>,
): (earlier: Item, later: Item) => Item {
  if (coalesce === 'first') return (earlier) => earlier
  if (coalesce === 'last') return (_, later) => later
  return coalesce
}
