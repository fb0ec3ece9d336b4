/** A column's type, as the catalogs describe it, with domains already resolved to their base type by the catalog
 * query. */
export interface ColumnType {
  /** OID of the (base) type. */
  readonly oid: number
  /** Name for a cast, as `format_type(oid, -1)` gives it: qualified where needed, and without a modifier that would cut
   * values in silence (`bpchar`, never `character`). */
  readonly name: string
  /** `pg_type.typtype`: b base, e enum, c composite, r range, m multirange. */
  readonly kind: string
  /** For an array type, which is one that another type names as its `typarray` (`point` and `int2vector` have a
   * `typelem` and are none): the type of its elements. */
  readonly element?: ColumnType
  /** `pg_type.typdelim` of the type: `,` for all of PostgreSQL's own but box, which has `;`. */
  readonly delimiter?: string
}
