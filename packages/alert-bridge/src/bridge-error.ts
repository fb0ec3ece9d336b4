/** What can be wrong, as a word that programs can compare.
 *
 * - `BRIDGE_INVALID_FIELD`: a field of the configuration or of a payload breaks its rule
 * - `BRIDGE_UNREADABLE`: a file cannot be read, or is not JSON
 * - `BRIDGE_CANNOT_LISTEN`: the address cannot be used */
export type BridgeErrorCode = 'BRIDGE_INVALID_FIELD' | 'BRIDGE_UNREADABLE' | 'BRIDGE_CANNOT_LISTEN'

/** An error of the bridge itself. Its message names fields, rules and kinds, never a value that was given.
 *
 * @example
 * ```ts
 * try {
 *   await readConfig('bridge.json', process.env)
 * } catch (error) {
 *   if ((error as BridgeError).code !== 'BRIDGE_INVALID_FIELD') throw error
 *   console.error((error as BridgeError).message)
 * }
 * ``` */
export class BridgeError extends Error {
  override readonly name: string = 'BridgeError'
  readonly code: BridgeErrorCode

  constructor(code: BridgeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
