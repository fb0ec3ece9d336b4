import type { Attempt, Book, Consignment, Delivery } from './consignment.ts'
import { failed } from './outcomes.ts'
import { Routes } from './routes.ts'
import type { Rows } from './rows.ts'
import type { Servers } from './servers.ts'

interface Writing {
  readonly servers: Servers
  readonly delivery: Delivery
  readonly attempt: Attempt
}

/** Writes rows to the servers that take them, and follows where a server says that another one does. Their outcomes are set
 * when it resolves. */
export async function writeRows(rows: Rows, writing: Writing): Promise<void> {
  const routes = new Routes(rows, writing.servers)
  for (let turn = routes.first(); turn.length > 0; turn = routes.next()) {
    const [only] = turn
    if (turn.length === 1 && only !== undefined) await deliverWhenReady(only, writing, routes)
    else await Promise.all(turn.map((consignment) => deliverWhenReady(consignment, writing, routes)))
  }
}

async function deliverWhenReady(
  consignment: Consignment,
  { servers, delivery, attempt }: Writing,
  book: Book,
): Promise<void> {
  const { line, places } = consignment
  try {
    if (!line.isReady) await line.ready(attempt.signal, servers.patienceMs)
  } catch (error) {
    const outcome = failed(error)
    for (const place of places) book.settle(place, outcome)
    return
  }
  await delivery.deliver(consignment, attempt, book)
}
