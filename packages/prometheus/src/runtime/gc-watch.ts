import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'

/** Kinds of collections, as the catalogue's `kind` label has them. */
export type GcKind = 'major' | 'minor' | 'incremental' | 'weakcb'

const kinds: ReadonlyMap<unknown, GcKind> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** Who is told of collections. */
export interface GcListener {
  collected(kind: GcKind, seconds: number): void
}

/** Tells of every garbage collection: Node hands them over several at a time, and each entry counts (prom-client 15 looks
 * at the first only). The observer does not keep its listener alive, and goes when the listener does. */
export function watchGc(listener: GcListener): Disposable {
  const reference = new WeakRef(listener)
  const observer = new PerformanceObserver((list) => {
    const alive = reference.deref()
    if (alive === undefined) observer.disconnect()
    else for (const entry of list.getEntries()) alive.collected(kindOf(entry), entry.duration / 1000)
  })
  observer.observe({ entryTypes: ['gc'] })
  return { [Symbol.dispose]: () => observer.disconnect() }
}

function kindOf(entry: PerformanceEntry): GcKind {
  const detail: unknown = Reflect.get(entry, 'detail')
  const kind: unknown =
    typeof detail === 'object' && detail !== null ? Reflect.get(detail, 'kind') : undefined
  return kinds.get(kind) ?? 'major'
}
