/** A flow that takes rows. */
export interface Side {
  /** Feeds it rows with these numbers, and answers when they are written. */
  feed(from: number, rows: number): Promise<void>
  /** Called before each turn of this side, and disposed after it: for what works on the whole process, and must not be on
   * in the other side's turns. Neither is timed. */
  begin?(): Disposable
  /** Answers how many rows arrived. */
  close(): Promise<number>
}

/** Two flows to be compared in one process: what costs a few nanoseconds per row does not show between processes, which
 * differ by more than that. */
export interface SideBySide {
  sides(flushSize: number): { readonly ours: Side; readonly theirs: Side }
}

/** How the two did. */
export interface Comparison {
  /** Of both. */
  readonly arrived: number
  /** Of ours. */
  readonly rowsPerSecond: number
  /** Median of ours / theirs, turn by turn. */
  readonly ratio: number
}

/** Long enough for each turn to pay for the garbage that it makes. */
const rowsPerTurn = 50_000

/** Feeds half of the rows to each side, in turns of which either side is the first in every other one. The first tenth
 * warms both up and does not count. */
export async function compareSides(
  { ours, theirs }: ReturnType<SideBySide['sides']>,
  rows: number,
): Promise<Comparison> {
  const turns = Math.floor(rows / 2 / rowsPerTurn)
  const counted: { readonly our: number; readonly their: number }[] = []
  for (let turn = 0; turn < turns; turn++) {
    const time = async (side: Side) => {
      using _on = side.begin?.()
      const began = performance.now()
      await side.feed(turn * rowsPerTurn, rowsPerTurn)
      return performance.now() - began
    }
    const before = turn % 2 === 0 ? undefined : await time(theirs)
    const our = await time(ours)
    const their = before ?? (await time(theirs))
    if (turn >= turns / 10) counted.push({ our, their })
  }
  const arrived = (await ours.close()) + (await theirs.close())
  const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number
  return {
    arrived,
    rowsPerSecond: (rowsPerTurn / middle(counted.map(({ our }) => our))) * 1_000,
    ratio: middle(counted.map(({ our, their }) => their / our)),
  }
}
