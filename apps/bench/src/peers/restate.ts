import { join } from 'node:path'
import { freePort, startProgram } from '../program.ts'
import { requestOf } from '../request.ts'
import { installedFile, peerFile } from './installed.ts'
import { lapsOf } from './peer.ts'
import type { Peer } from './peer.ts'

/** A durable execution engine with its own adapter for XState: each machine is a virtual object. */
export const restate: Peer = {
  name: 'Restate',
  package: '@restatedev/restate-server',
  does: 'moves a machine of @restatedev/xstate, durably',
  obstacle: () => (binary() === undefined ? 'no binary' : undefined),
  start: async (folder, services) => {
    const [servicePort, adminPort, nodePort] = [
      await freePort(),
      await freePort(),
      await freePort(),
    ]
    const service = await startProgram({
      command: process.execPath,
      args: (free) => [peerFile('restate-service.mjs'), String(free), String(servicePort)],
      probe: requestOf('GET', '/'),
      env: () => ({ RESTATE_LOGGING: 'ERROR' }),
    })
    try {
      const server = await startProgram({
        command: binary() ?? '',
        args: () => ['--no-logo', '--listen-mode', 'tcp', '--log-filter', 'error'],
        probe: requestOf('GET', '/restate/health'),
        cwd: folder,
        env: (free) => ({
          DO_NOT_TRACK: '1',
          RESTATE_DISABLE_TELEMETRY: 'true',
          RESTATE_BASE_DIR: join(folder, 'restate'),
          RESTATE_BIND_ADDRESS: `127.0.0.1:${nodePort}`,
          RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${free}`,
          RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${adminPort}`,
        }),
      })
      const kill = (): void => {
        server.kill()
        service.kill()
      }
      try {
        await post(`http://127.0.0.1:${adminPort}/deployments`, {
          uri: `http://127.0.0.1:${servicePort}`,
        })
        for (let number = 0; number < services; number += 1)
          await post(`http://127.0.0.1:${server.port}/service/${number}/create`)
      } catch (thrown) {
        kill()
        throw thrown
      }
      return {
        port: server.port,
        laps: lapsOf(services, (number, type) =>
          requestOf('POST', `/service/${number}/send`, { body: { event: { type } } }),
        ),
        accepted: 200,
        end: async () => {
          await server.end()
          await service.end()
        },
        kill,
      }
    } catch (thrown) {
      service.kill()
      throw thrown
    }
  },
}

// -- internals

const binary = (): string | undefined =>
  installedFile(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`)

const post = async (url: string, body?: object): Promise<void> => {
  const response = await fetch(url, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`Restate answered ${response.status} to ${url}`)
  await response.arrayBuffer()
}
