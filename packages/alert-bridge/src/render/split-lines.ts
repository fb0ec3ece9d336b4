/** Packs blocks of lines into as few parts as their order allows, none larger than `room`. A block that fits into a part
 * of its own is not torn; one that does not is torn between its lines. A line is never torn: `sizeOf` of each is at
 * most `room`. */
export function splitLines(
  blocks: readonly (readonly string[])[],
  { room, sizeOf }: { readonly room: number; readonly sizeOf: (line: string) => number },
): readonly (readonly string[])[] {
  const parts: string[][] = []
  let part: string[] = []
  let used = 0
  const close = () => {
    if (part.length > 0) parts.push(part)
    part = []
    used = 0
  }
  for (const block of blocks) {
    const sizes = block.map((line) => sizeOf(line))
    const size = sizes.reduce((sum, next) => sum + next, 0)
    if (used + size > room && size <= room) close()
    for (const [i, line] of block.entries()) {
      const lineSize = sizes[i] ?? 0
      if (used + lineSize > room) close()
      part.push(line)
      used += lineSize
    }
  }
  close()
  return parts
}
