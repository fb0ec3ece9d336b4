/**
 * Whether a server lets us in at an address. A port may be open and belong to something else, and a server of the right
 * kind may want a password that the address lacks: then it is not ours to use. Where the address has a password, it is
 * taken on trust.
 */
import { connect } from 'node:net'

/**
 * A start-up message is answered with `R`, an authentication request; 0 in it means that no password is asked for.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function greetsLikePostgres(url) {
  const user = decodeURIComponent(url.username)
  const parameters = Buffer.from(`user\0${user}\0database\0${decodeURIComponent(url.pathname.slice(1))}\0\0`)
  const hello = Buffer.alloc(8)
  hello.writeInt32BE(8 + parameters.length, 0)
  hello.writeInt32BE(3 << 16, 4)
  return converse(url, {
    port: 5432,
    say: Buffer.concat([hello, parameters]),
    hear(answer) {
      if (answer.length < 9) return undefined
      return answer[0] === 0x52 && (answer.readInt32BE(5) === 0 || url.password !== '')
    },
  })
}

/**
 * The server speaks first: protocol version 10. Then we log in, with an empty answer to its challenge.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
export function greetsLikeMysql(url) {
  // PROTOCOL_41, CONNECT_WITH_DB, SECURE_CONNECTION, PLUGIN_AUTH; then the packet size, utf8mb4, and 23 zeros.
  const header = Buffer.alloc(32)
  header.writeUInt32LE(0x200 | 0x8 | 0x8000 | 0x80000, 0)
  header.writeUInt32LE(2 ** 24 - 1, 4)
  header.writeUInt8(45, 8)
  const names = `${decodeURIComponent(url.username)}\0\0${decodeURIComponent(url.pathname.slice(1))}\0mysql_native_password\0`
  const login = Buffer.concat([header, Buffer.from(names)])
  return converse(url, {
    port: 3306,
    hear(packet) {
      if (packet.length < 5 || packet.length < 4 + packet.readUIntLE(0, 3)) return undefined
      const sequence = packet[3]
      const kind = packet[4]
      if (sequence === 0) return kind === 10 && (url.password !== '' || mysqlPacket(1, login))
      // 0xfe asks for another kind of proof: an empty one again. 0 is OK, 0xff an error.
      return kind === 0xfe ? mysqlPacket(sequence + 1, Buffer.alloc(0)) : kind === 0
    },
  })
}

/** PONG, or NOAUTH where the address carries a password that is yet to be sent. */
export function greetsLikeRedis(url) {
  return converse(url, {
    port: 6379,
    say: Buffer.from('PING\r\n'),
    hear(answer) {
      const text = answer.toString()
      if (!text.endsWith('\r\n')) return undefined
      return text.startsWith('+PONG') || (url.password !== '' && text.startsWith('-NOAUTH'))
    },
  })
}

function mysqlPacket(sequence, payload) {
  const header = Buffer.alloc(4)
  header.writeUIntLE(payload.length, 0, 3)
  header.writeUInt8(sequence, 3)
  return Buffer.concat([header, payload])
}

/** `hear` answers with a verdict, with the next thing to say, or with undefined to hear more. */
function converse(url, { port, say, hear }) {
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replaceAll(/[[\]]/g, ''), port: Number(url.port) || port })
    let heard = Buffer.alloc(0)
    const end = (verdict) => {
      socket.end()
      resolve(verdict)
    }
    socket.setTimeout(2_000, () => end(false))
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.on('connect', () => say && socket.write(say))
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk])
      const next = hear(heard)
      if (typeof next === 'boolean') end(next)
      else if (next) {
        heard = Buffer.alloc(0)
        socket.write(next)
      }
    })
  })
}
