/**
 * Cycles in a graph given as `Map<node, nodes that it reaches>`, one per cycle met on a depth-first walk, each as a
 * path whose last entry is its first.
 */
export function cyclesIn(graph) {
  const cycles = []
  const done = new Set()
  const path = []

  const walk = (node) => {
    const start = path.indexOf(node)
    if (start >= 0) {
      cycles.push([...path.slice(start), node])
      return
    }
    if (done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) walk(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) walk(node)
  return cycles
}
