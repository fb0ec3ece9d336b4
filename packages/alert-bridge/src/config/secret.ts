/** A text that prints as `[secret]` wherever it is printed by mistake; `console.log` and `util.inspect` do not see private
 * fields at all. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}
