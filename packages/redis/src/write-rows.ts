import type { Attempt, Book, Consignment, Delivery } from './consignment.ts'
import { failed } from './outcomes.ts'
import { Routes } from './routes.ts'
import type { Rows } from './rows.ts'
import type { Servers } from './servers.ts'

/** How and to whom rows are written. */
export interface Way {
  readonly servers: Servers
  readonly delivery: Delivery
}

/** Writes rows to the servers that take them, and follows where a server says that another one does. Their outcomes are set
 * when it resolves; with false: none was set, all rows that could be are written. */
export function writeRows(rows: Rows, way: Way, attempt: Attempt): Promise<boolean> {
  const routes = new Routes(rows, way.servers)
  const writing = { way, attempt, book: routes }
  return deliverTurn(routes.first(), writing).then(() =>
    routes.hasSettled ? deliverAgain(routes, writing) : false,
  )
}

async function deliverAgain(routes: Routes, writing: Writing): Promise<true> {
  for (let turn = routes.next(); turn.length > 0; turn = routes.next()) await deliverTurn(turn, writing)
  return true
}

function deliverTurn(turn: readonly Consignment[], writing: Writing): Promise<unknown> {
  const only = turn.length === 1 ? turn[0] : undefined
  if (only !== undefined) return deliverWhenReady(only, writing)
  return Promise.all(turn.map((consignment) => deliverWhenReady(consignment, writing)))
}

interface Writing {
  readonly way: Way
  readonly attempt: Attempt
  readonly book: Book
}

function deliverWhenReady(consignment: Consignment, writing: Writing): Promise<void> {
  return consignment.line.isReady
    ? writing.way.delivery.deliver(consignment, writing.attempt, writing.book)
    : waitAndDeliver(consignment, writing)
}

async function waitAndDeliver(consignment: Consignment, { way, attempt, book }: Writing): Promise<void> {
  const { line, places } = consignment
  try {
    await line.ready(attempt.context.signal, way.servers.patienceMs)
  } catch (error) {
    const outcome = failed(error)
    for (const place of places) book.settle(place, outcome)
    return
  }
  await way.delivery.deliver(consignment, attempt, book)
}
