import { BroadcastChannel } from 'node:worker_threads'
import { writeForeign } from '../page/foreign-family.ts'
import { Pages } from '../page/pages.ts'
import { hasForeignMetrics, type Profile } from '../page/profile.ts'
import type { PageFormat } from '../page/write-family.ts'
import type { ReporterParts } from '../reporter-parts.ts'
import { lastingPartOf } from './lasting-part.ts'
import { LabelsPool, MergedFamilies } from './merged-families.ts'
import { mergeForeign } from './merge-foreign.ts'
import { askWith, channelName, dataOf, isTell, type Tell } from './messages.ts'
import type { Snapshot } from './snapshot.ts'
import { linkTo, type MetricsWorker, type WorkerLink } from './worker-link.ts'

/** A worker that was added.
 *
 * - silent: it has not told anything yet, and nobody waits for it
 * - present: `last` is what it told last, and pages ask it for more
 * - gone: it has ended, or said so; what it counted is in the hub's own books */
interface Member {
  readonly link: WorkerLink
  last: Snapshot | undefined
}

/** A page that waits for answers. */
interface Round {
  readonly number: number
  readonly waiting: Set<Member>
  readonly complete: () => void
}

/** Asks workers and joins what they tell. */
export class Hub {
  readonly #parts: ReporterParts
  readonly #timeoutMs: number
  readonly #channel = new BroadcastChannel(channelName)
  readonly #members = new Set<Member>()
  readonly #rounds = new Set<Round>()
  readonly #pool = new LabelsPool()
  readonly #pages: Pages
  #merged = new MergedFamilies([], this.#pool)
  /** What the workers that are gone have counted. */
  #departed: Snapshot = { families: [], foreign: [] }
  #lastNumber = 0

  constructor(parts: ReporterParts, timeoutMs: number) {
    this.#parts = parts
    this.#timeoutMs = timeoutMs
    const families = () => this.#merged.families
    const source = {
      get families() {
        return families()
      },
      reading: (name: string) => this.#merged.reading(name),
    }
    this.#pages = new Pages(source, parts.exporter.pages.options)
    this.#channel.addEventListener('message', (event: unknown) => {
      const message = dataOf(event)
      if (!isTell(message)) return
      for (const member of this.#members)
        if (member.link.threadId === message.threadId) this.#told(member, message)
    })
    this.#channel.unref()
  }

  add(worker: MetricsWorker): void {
    const member: Member = {
      last: undefined,
      link: linkTo(worker, {
        told: (tell) => this.#told(member, tell),
        ended: () => this.#gone(member),
      }),
    }
    this.#members.add(member)
    // It may have begun before it was added, and told that to nobody.
    this.#ask(++this.#lastNumber, [member])
  }

  async page(profile: Profile, format: PageFormat): Promise<string> {
    await this.#gather()
    const { exporter, registry } = this.#parts
    const own = await exporter.snapshot(registry)
    const others = [...this.#members].flatMap(({ last }) => last ?? [])
    // From here on nothing waits, so that the page is of one moment.
    const merged = new MergedFamilies([own, this.#departed, ...others], this.#pool)
    for (let conflict = 0; conflict < merged.conflicts; conflict++) exporter.store.collectFailed()
    this.#merged = merged
    let page = this.#pages.write(profile, format)
    const foreign = hasForeignMetrics(profile) ? [own, ...others].flatMap((snapshot) => snapshot.foreign) : []
    for (const family of mergeForeign(foreign)) page += `${writeForeign(family, format).join('\n')}\n`
    return format === 'openmetrics' ? `${page}# EOF\n` : page
  }

  close(): void {
    this.#channel.close()
    this.#members.clear()
    for (const { complete } of this.#rounds) complete()
  }

  /** Asks the workers that are present, and waits until all have answered or the time is over. */
  async #gather(): Promise<void> {
    const present = [...this.#members].filter(({ last }) => last !== undefined)
    if (present.length === 0) return
    const number = ++this.#lastNumber
    await new Promise<void>((resolve) => {
      const round: Round = {
        number,
        waiting: new Set(present),
        complete: () => {
          clearTimeout(timer)
          this.#rounds.delete(round)
          resolve()
        },
      }
      const timer = setTimeout(() => {
        for (const _ of round.waiting) this.#parts.exporter.store.collectFailed()
        round.complete()
      }, this.#timeoutMs)
      this.#rounds.add(round)
      this.#ask(number, present)
    })
  }

  #ask(number: number, members: readonly Member[]): void {
    for (const { link } of members) link.ask(number)
    if (members.some(({ link }) => link.threadId !== undefined)) this.#channel.postMessage(askWith(number))
  }

  #told(member: Member, { snapshot, answer, last = false }: Tell): void {
    if (!this.#members.has(member)) return
    member.last = snapshot
    for (const round of this.#rounds) if (round.number === answer) this.#answered(round, member)
    if (last) this.#gone(member)
  }

  #answered(round: Round, member: Member): void {
    round.waiting.delete(member)
    if (round.waiting.size === 0) round.complete()
  }

  #gone(member: Member): void {
    if (!this.#members.delete(member)) return
    if (member.last !== undefined)
      this.#departed = new MergedFamilies([this.#departed, lastingPartOf(member.last)], this.#pool).snapshot()
    for (const round of this.#rounds) this.#answered(round, member)
  }
}
