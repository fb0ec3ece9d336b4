/** A column's type, as information_schema describes it. */
export interface ColumnType {
  /** Its name without parameters, in lower case: `int`, `varchar`, `datetime`, …; `json` also where MariaDB calls it
   * `longtext`. */
  readonly name: string
  /** As it was declared: `int(10) unsigned`, `enum('a','b')`. */
  readonly declared: string
  /** The most characters, of texts. */
  readonly maxCharacters?: number
  /** The most bytes, of texts and binary strings. */
  readonly maxBytes?: number
  /** Bits of BIT. */
  readonly bits?: number
  /** Digits after the second. */
  readonly fraction?: number
  /** Character set of texts. */
  readonly charset?: string
  readonly collation?: string
  /** AUTO_INCREMENT. */
  readonly counts?: boolean
}
