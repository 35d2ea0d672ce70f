import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { startProgram } from '../program.ts'
import { requestOf } from '../request.ts'
import { peerFile } from './installed.ts'
import { lapsOf } from './peer.ts'
import type { Peer } from './peer.ts'

/** Stubs with scenarios: what a request is answered depends on a state, and moves it. */
export const wiremock: Peer = {
  name: 'WireMock',
  package: 'wiremock',
  does: 'moves a scenario in memory',
  obstacle: () => (spawnSync(JAVA, ['-version']).status === 0 ? undefined : 'no Java'),
  start: async (folder, services) => {
    const build = peerFile('node_modules/wiremock/build')
    const jar = readdirSync(build).find((file) => file.endsWith('.jar'))
    const { port, end, kill } = await startProgram({
      command: JAVA,
      args: (free) => [
        '-jar',
        `${build}/${jar}`,
        '--bind-address=127.0.0.1',
        `--port=${free}`,
        '--disable-banner',
        '--disable-request-logging',
        '--no-request-journal',
      ],
      probe: requestOf('GET', '/__admin/health'),
      cwd: folder,
    })
    const { ok } = await fetch(`http://127.0.0.1:${port}/__admin/mappings/import`, {
      method: 'POST',
      body: JSON.stringify({ mappings: Array.from({ length: services }, stubsOf).flat() }),
    })
    if (!ok) throw new Error('WireMock took no stubs')
    return { port, laps: lapsOf(services, call), accepted: 201, end, kill }
  },
}

// -- internals

const JAVA = 'java'

const MOVES = [
  { from: 'Started', to: 'failed', status: 'failed' },
  { from: 'failed', to: 'Started', status: 'deployed' },
] as const

const stubsOf = (_: unknown, service: number): ReadonlyArray<object> =>
  MOVES.map(({ from, to, status }) => ({
    scenarioName: `service ${service}`,
    requiredScenarioState: from,
    newScenarioState: to,
    request: {
      method: 'POST',
      url: `/services/${service}/status`,
      bodyPatterns: [{ equalToJson: { status } }],
    },
    response: { status: 201 },
  }))

const call = (service: number, status: string): string =>
  requestOf('POST', `/services/${service}/status`, { body: { status } })
