/** How one kind of robot wants its markdown: what the templates have to know, as data and three functions. */
export interface Dialect {
  /** Between two lines. */
  readonly lineBreak: string
  /** Bytes that `text` takes of a message's room, in the robot's own way of counting. Adds up over pieces. */
  sizeOf(text: string): number
  /** Colours a text of our own by what it says. */
  coloured(text: string, tone: Tone): string
}

export type Tone = 'firing' | 'resolved' | 'aside'
