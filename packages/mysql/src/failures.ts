import type { Failure } from '@batchflow/core'

/** Failures by the server's number
 * (https://mariadb.com/kb/en/mariadb-error-code-reference/,
 * https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html). */
export const failures: ReadonlyMap<number, Failure> = new Map<number, Failure>([
  // Two transactions waited for each other, and this one was rolled back.
  [1213, { kind: 'transient', reason: 'deadlock' }],
  [1614, { kind: 'transient', reason: 'deadlock' }],
  // innodb_lock_wait_timeout: the statement is rolled back, and its transaction is still open.
  [1205, { kind: 'transient', reason: 'lock_timeout' }],
  // Somebody holds LOCK TABLES or FLUSH TABLES WITH READ LOCK.
  [1099, { kind: 'transient', reason: 'lock_timeout' }],
  [1223, { kind: 'transient', reason: 'lock_timeout' }],
  // Another transaction has changed the row (snapshot isolation, group replication).
  [1020, { kind: 'transient', reason: 'serialization' }],
  [1180, { kind: 'transient', reason: 'serialization' }],
  [3101, { kind: 'transient', reason: 'serialization' }],
  // KILL QUERY, also that of an attempt that took too long: rolled back.
  [1317, { kind: 'transient', reason: 'timeout' }],
  // The server shuts down, or somebody has ended the connection.
  [1053, { kind: 'transient', reason: 'connection' }],
  [1077, { kind: 'transient', reason: 'connection' }],
  [1079, { kind: 'transient', reason: 'connection' }],
  [1152, { kind: 'transient', reason: 'connection' }],
  [1184, { kind: 'transient', reason: 'connection' }],
  [1927, { kind: 'transient', reason: 'connection' }],
  [3169, { kind: 'transient', reason: 'connection' }],
  [4031, { kind: 'transient', reason: 'connection' }],
  // The server could not read what was sent, or could not answer.
  [1158, { kind: 'transient', reason: 'connection' }],
  [1159, { kind: 'transient', reason: 'connection' }],
  [1160, { kind: 'transient', reason: 'connection' }],
  [1161, { kind: 'transient', reason: 'connection' }],
  // A node of a Galera cluster that is not in it yet.
  [1047, { kind: 'transient', reason: 'connection' }],
  // A prepared statement is gone, or its table has changed: the next attempt prepares it again.
  [1243, { kind: 'transient', reason: 'connection' }],
  [1412, { kind: 'transient', reason: 'schema' }],
  [1615, { kind: 'transient', reason: 'schema' }],
  // The server, or the table, takes no writes for now: a failover.
  [1036, { kind: 'transient', reason: 'readonly' }],
  [1290, { kind: 'transient', reason: 'readonly' }],
  [1792, { kind: 'transient', reason: 'readonly' }],
  [1836, { kind: 'transient', reason: 'readonly' }],

  // Connections of the server, of the user, or of an hour.
  [1040, { kind: 'overload', reason: 'throttled' }],
  [1203, { kind: 'overload', reason: 'throttled' }],
  [1226, { kind: 'overload', reason: 'throttled' }],
  // Memory, threads, transactions, locks, prepared statements.
  [1037, { kind: 'overload', reason: 'throttled' }],
  [1038, { kind: 'overload', reason: 'throttled' }],
  [1041, { kind: 'overload', reason: 'throttled' }],
  [1135, { kind: 'overload', reason: 'throttled' }],
  [1206, { kind: 'overload', reason: 'throttled' }],
  [1461, { kind: 'overload', reason: 'throttled' }],
  [1637, { kind: 'overload', reason: 'throttled' }],
  // No room on the server's disk, or in the table.
  [1021, { kind: 'overload', reason: 'disk_full' }],
  [1114, { kind: 'overload', reason: 'disk_full' }],
  // The server could not read or write a file.
  [1026, { kind: 'overload', reason: 'io' }],
  [1030, { kind: 'overload', reason: 'io' }],
  // max_statement_time of MariaDB, max_execution_time of MySQL: rolled back.
  [1969, { kind: 'overload', reason: 'timeout' }],
  [3024, { kind: 'overload', reason: 'timeout' }],

  // A packet, a number of placeholders, or a nesting that the server does not take.
  [1153, { kind: 'split', reason: 'too_large' }],
  [1390, { kind: 'split', reason: 'too_large' }],
  [1436, { kind: 'split', reason: 'too_large' }],

  // A row with this key is there; or another unique index has one (the guard of an upsert, see dialect.ts).
  [1062, { kind: 'poison', reason: 'duplicate_key' }],
  [1169, { kind: 'poison', reason: 'duplicate_key' }],
  [1242, { kind: 'poison', reason: 'duplicate_key' }],
  [1586, { kind: 'poison', reason: 'duplicate_key' }],
  // NULL, or nothing, for a column that needs a value.
  [1048, { kind: 'poison', reason: 'constraint' }],
  [1364, { kind: 'poison', reason: 'constraint' }],
  // Foreign keys, CHECK, a view's check, no partition for the row.
  [1216, { kind: 'poison', reason: 'constraint' }],
  [1217, { kind: 'poison', reason: 'constraint' }],
  [1369, { kind: 'poison', reason: 'constraint' }],
  [1451, { kind: 'poison', reason: 'constraint' }],
  [1452, { kind: 'poison', reason: 'constraint' }],
  [1526, { kind: 'poison', reason: 'constraint' }],
  [3819, { kind: 'poison', reason: 'constraint' }],
  [4025, { kind: 'poison', reason: 'constraint' }],
  // Raised by a trigger, about a row as a rule.
  [1644, { kind: 'poison', reason: 'constraint' }],
  // Values that a column does not take: too long, out of range, cut, wrong, no number, no date, no JSON.
  [1264, { kind: 'poison', reason: 'invalid_row' }],
  [1265, { kind: 'poison', reason: 'invalid_row' }],
  [1292, { kind: 'poison', reason: 'invalid_row' }],
  [1300, { kind: 'poison', reason: 'invalid_row' }],
  [1365, { kind: 'poison', reason: 'invalid_row' }],
  [1366, { kind: 'poison', reason: 'invalid_row' }],
  [1367, { kind: 'poison', reason: 'invalid_row' }],
  [1406, { kind: 'poison', reason: 'invalid_row' }],
  [1411, { kind: 'poison', reason: 'invalid_row' }],
  [1690, { kind: 'poison', reason: 'invalid_row' }],
  [3140, { kind: 'poison', reason: 'invalid_row' }],
  [3157, { kind: 'poison', reason: 'invalid_row' }],
  // A row over a size limit.
  [1118, { kind: 'poison', reason: 'too_large' }],
  [1301, { kind: 'poison', reason: 'too_large' }],
  // A parameter that the server does not understand: our mistake, and the same the next time.
  [1210, { kind: 'poison', reason: 'non_retryable' }],

  // The table, a column, or what they need is not there, or not as it was.
  [1049, { kind: 'configuration', reason: 'schema' }],
  [1046, { kind: 'configuration', reason: 'schema' }],
  [1054, { kind: 'configuration', reason: 'schema' }],
  [1136, { kind: 'configuration', reason: 'schema' }],
  [1146, { kind: 'configuration', reason: 'schema' }],
  [1305, { kind: 'configuration', reason: 'schema' }],
  [1356, { kind: 'configuration', reason: 'schema' }],
  [1471, { kind: 'configuration', reason: 'schema' }],
  [1812, { kind: 'configuration', reason: 'schema' }],
  [1906, { kind: 'configuration', reason: 'schema' }],
  [1932, { kind: 'configuration', reason: 'schema' }],
  [3105, { kind: 'configuration', reason: 'schema' }],
  // The table's file is damaged.
  [1034, { kind: 'configuration', reason: 'io' }],
  [1194, { kind: 'configuration', reason: 'io' }],
  [1195, { kind: 'configuration', reason: 'io' }],
  // Something that this server, or this table, does not have.
  [1235, { kind: 'configuration', reason: 'schema' }],
  [1295, { kind: 'configuration', reason: 'syntax' }],
  [1064, { kind: 'configuration', reason: 'syntax' }],
  // No right, or a name, a host or a password that is not let in.
  [1044, { kind: 'configuration', reason: 'permission' }],
  [1045, { kind: 'configuration', reason: 'permission' }],
  [1129, { kind: 'configuration', reason: 'permission' }],
  [1130, { kind: 'configuration', reason: 'permission' }],
  [1142, { kind: 'configuration', reason: 'permission' }],
  [1143, { kind: 'configuration', reason: 'permission' }],
  [1227, { kind: 'configuration', reason: 'permission' }],
  [1698, { kind: 'configuration', reason: 'permission' }],
  [1820, { kind: 'configuration', reason: 'permission' }],
  [1862, { kind: 'configuration', reason: 'permission' }],
  [3159, { kind: 'configuration', reason: 'permission' }],
])

/** Failures by SQLSTATE's class, for numbers that are not listed. */
export const classes: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  // A value that its column does not take.
  ['22', { kind: 'poison', reason: 'invalid_row' }],
  // A constraint that a row breaks.
  ['23', { kind: 'poison', reason: 'constraint' }],
  // Raised by a trigger or function of the database, about a row as a rule.
  ['45', { kind: 'poison', reason: 'constraint' }],
  // Rolled back by the server.
  ['40', { kind: 'transient', reason: 'serialization' }],
  // The connection.
  ['08', { kind: 'transient', reason: 'connection' }],
  // The transaction is in a state that this driver did not leave it in.
  ['25', { kind: 'transient', reason: 'connection' }],
  // Names, syntax, rights.
  ['42', { kind: 'configuration', reason: 'syntax' }],
])

/** What ends whatever runs. A COMMIT that was on its way may have come through all the same: MariaDB looks for a KILL when
 * the statement is over (`finish:` of `mysql_execute_command`), which for a COMMIT is after it. */
export const endings: ReadonlySet<number> = new Set([
  1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1180, 1184, 1317, 1927, 1969, 3024, 3169, 4031,
])

/** Errors of mysql2 3.24 and its pool that have neither number nor code, by their words. */
export const clientFailures: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  // The pool's queueLimit, or waitForConnections: false.
  ['Queue limit reached.', { kind: 'overload', reason: 'throttled' }],
  ['No connections available.', { kind: 'overload', reason: 'throttled' }],
  // The pool was ended under the driver: the rows stay.
  ['Pool is closed.', { kind: 'configuration', reason: 'connection' }],
])
