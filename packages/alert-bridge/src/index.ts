export { BridgeError, type BridgeErrorCode } from './bridge-error.ts'
export type { Clock } from './clock.ts'
export { runCommand, type CommandSurroundings } from './command/run-command.ts'
export { checkConfig } from './config/check-config.ts'
export type {
  BridgeConfig,
  BridgeLimits,
  DingTalkTarget,
  ListenConfig,
  TargetConfig,
  WeComTarget,
} from './config/config.ts'
export { readConfig } from './config/read-config.ts'
export type { SecretSources } from './config/read-secret.ts'
export { Secret } from './config/secret.ts'
export { createBridge, type Bridge, type BridgeSurroundings } from './create-bridge.ts'
export { jsonLog, type Log, type LogFields, type LogLevel } from './log.ts'
