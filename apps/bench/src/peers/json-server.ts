import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startProgram } from '../program.ts'
import { requestOf } from '../request.ts'
import { peerFile } from './installed.ts'
import { lapsOf } from './peer.ts'
import type { Peer } from './peer.ts'

/** REST over a JSON file. */
export const jsonServer: Peer = {
  name: 'json-server',
  package: 'json-server',
  does: 'merges a PATCH, rewrites its file',
  start: async (folder, services) => {
    const file = join(folder, 'db.json')
    const rows = Array.from({ length: services }, (_, id) => ({ id, status: 'deployed' }))
    writeFileSync(file, JSON.stringify({ services: rows }))
    const { port, end, kill } = await startProgram({
      command: process.execPath,
      args: (free) => [
        peerFile('node_modules/json-server/lib/cli/bin.js'),
        '--quiet',
        '--host=127.0.0.1',
        `--port=${free}`,
        file,
      ],
      probe: requestOf('GET', '/services/0'),
      cwd: folder,
    })
    return {
      port,
      laps: lapsOf(services, (id, status) =>
        requestOf('PATCH', `/services/${id}`, { body: { status } }),
      ),
      accepted: 200,
      end,
      kill,
    }
  },
}
