import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A packet of MySQL's protocol: three bytes of length, its number, its payload. */
export function packet(number: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUIntLE(payload.length, 0, 3)
  header[3] = number
  return Buffer.concat([header, payload])
}

export const ok: Buffer = Buffer.from([0, 0, 0, 2, 0, 0, 0])

/** The initial handshake of protocol version 10, of a server that can all but TLS
 * (https://mariadb.com/kb/en/connection/#initial-handshake-packet). */
function handshake(queryAttributes: boolean): Buffer {
  return packet(
    0,
    Buffer.concat([
      Buffer.from([10]),
      Buffer.from('8.4.0\0'),
      Buffer.from([1, 0, 0, 0]),
      Buffer.from('12345678\0'),
      Buffer.from([0xff, 0xf7, 45, 2, 0, 0xff, queryAttributes ? 0xc9 : 0xc1, 21]),
      Buffer.alloc(10),
      Buffer.from('123456789012\0'),
      Buffer.from('mysql_native_password\0'),
    ]),
  )
}

export interface FakeServer extends AsyncDisposable {
  readonly port: number
}

/** A server that lets everybody in, and then answers each packet as `answer` says. */
export async function fakeServer(
  answer: (request: Buffer) => Buffer,
  { queryAttributes = false }: { readonly queryAttributes?: boolean } = {},
): Promise<FakeServer> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => socket.destroy())
    let isIn = false
    socket.on('data', (data) => {
      socket.write(isIn ? answer(data) : packet(2, ok))
      isIn = true
    })
    socket.write(handshake(queryAttributes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { readonly port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
