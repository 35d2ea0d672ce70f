import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startProgram } from '../program.ts'
import { requestOf } from '../request.ts'
import { peerFile } from './installed.ts'
import { lapsOf } from './peer.ts'
import type { Peer } from './peer.ts'

/** A mock of an OpenAPI description. */
export const prism: Peer = {
  name: 'Stoplight Prism',
  package: '@stoplight/prism-cli',
  does: 'validates the request, keeps nothing',
  start: async (folder, services) => {
    const file = join(folder, 'openapi.json')
    writeFileSync(file, JSON.stringify(DESCRIPTION))
    const { port, end, kill } = await startProgram({
      command: process.execPath,
      args: (free) => [
        peerFile('node_modules/@stoplight/prism-cli/dist/index.js'),
        'mock',
        '--host=127.0.0.1',
        `--port=${free}`,
        '--verboseLevel=warn',
        file,
      ],
      probe: requestOf('GET', '/services/0'),
      cwd: folder,
    })
    return {
      port,
      laps: lapsOf(services, (id, status) =>
        requestOf('POST', `/services/${id}/status`, { body: { status } }),
      ),
      accepted: 201,
      end,
      kill,
    }
  },
}

// -- internals

const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

const DESCRIPTION = {
  openapi: '3.1.0',
  info: { title: 'services', version: '1' },
  paths: {
    '/services/{id}': {
      get: { parameters: [ID], responses: { 200: { description: 'a service' } } },
    },
    '/services/{id}/status': {
      post: {
        parameters: [ID],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['status'],
                additionalProperties: false,
                properties: { status: { enum: ['deployed', 'failed'] } },
              },
            },
          },
        },
        responses: { 201: { description: 'changed' } },
      },
    },
  },
}
