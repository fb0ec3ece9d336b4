import { createRequire } from 'node:module'

function read(): string {
  try {
    const manifest: unknown = createRequire(import.meta.url)('../package.json')
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'unknown'
    return String(manifest.version)
  } catch {
    // Bundled into another package there is no manifest beside this file: not worth failing a flow for.
    return 'unknown'
  }
}

/** Version of this package, for `batchflow_build_info`. */
export const packageVersion: string = read()
