import mysql from 'mysql2'
import { type MysqlConfig, type MysqlConnection, plainQuery } from './client.ts'

/** Kills the statement that runs on a connection, from a connection of its own: one of the pool's would have to be waited
 * for, and all of them may hang. Whether it helped shows on the connection that runs the statement. Returns a function that
 * gives up trying. */
export function killQuery({ threadId, config }: MysqlConnection): () => void {
  if (typeof threadId !== 'number' || config === undefined) return () => {}
  const killer = mysql.createConnection(optionsOf(config)) as unknown as MysqlConnection
  const end = () => {
    killer.destroy()
    // `destroy` says goodbye first, which a server that hangs never hears.
    killer.stream?.destroy?.()
  }
  // A server that cannot be reached does not answer the batch either; that is reported there.
  killer.on('error', end)
  killer.query({ ...plainQuery, sql: `kill query ${threadId}` }, end)
  return end
}

/** What it takes to reach the server, and nothing of what a statement can set off. mysql2 prints names that it does not
 * know. */
function optionsOf(config: MysqlConfig): mysql.ConnectionOptions {
  const given = config as Readonly<Record<string, unknown>>
  const options = Object.fromEntries(connecting.map((name) => [name, given[name]]))
  return { ...options, flags: ['-LOCAL_FILES'] }
}

const connecting = [
  'host',
  'port',
  'socketPath',
  'localAddress',
  'stream',
  'ssl',
  'user',
  'password',
  'password2',
  'password3',
  'passwordSha1',
  'insecureAuth',
  'authPlugins',
  'authSwitchHandler',
  'enableCleartextPlugin',
  'connectTimeout',
]
