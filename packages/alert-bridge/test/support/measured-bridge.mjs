/**
 * A bridge in a process of its own, which tells its parent how much heap it holds. Run with --expose-gc.
 * The parent sends the configuration first, is told the address, and then asks by any message.
 */
import { checkConfig, createBridge } from '@batchflow/alert-bridge'
import { once } from 'node:events'

const [config] = await once(process, 'message')
const bridge = await createBridge(checkConfig(config, { directory: '.', env: process.env }))
process.send(bridge.url)

process.on('message', () => {
  globalThis.gc()
  process.send(process.memoryUsage().heapUsed)
})
await once(process, 'disconnect')
await bridge.stop()
