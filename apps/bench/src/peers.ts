import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '@signalbox/stores/sqlite'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import type { Experience, Load } from './client.process.ts'
import { expect } from './expect.ts'
import type { Figure, Measure, Numbers } from './figure.ts'
import { installPeers, versionOf } from './peers/installed.ts'
import { jsonServer } from './peers/json-server.ts'
import type { Peer, RunningPeer } from './peers/peer.ts'
import { prism } from './peers/prism.ts'
import { restate } from './peers/restate.ts'
import { wiremock } from './peers/wiremock.ts'
import { populate } from './population.ts'
import { serviceCall, statusLaps } from './request.ts'
import { startSignalbox } from './signalbox.ts'
import { rowOf } from './statistics.ts'
import { inTemporaryFolder } from './temporary.ts'

/**
 * Measures status calls beside the nearest thing that other programs do; a table to read, with nothing to reach. They are
 * installed when this is asked for. One that cannot run here is left out, and its line says why.
 */
export const measurePeers: Measure = ({ progress, ...options }): Promise<Figure> =>
  inTemporaryFolder(async (folder) => {
    const { rounds, services } = options
    const seconds = Math.min(options.seconds, MOST_SECONDS)
    progress('peers: install')
    const missing = installPeers()
    const running: Array<RunningPeer> = []
    const client = await startChild<Load, Experience>(CLIENT, [])
    try {
      const contestants: Array<Contestant> = []
      progress('peers: start signalbox')
      const own = await startOurs(join(folder, 'signalbox'), services)
      running.push(own)
      contestants.push({ subject: 'signalbox: decides, journals, on disk', peer: own })
      for (const peer of PEERS) {
        progress(`peers: start ${peer.name}`)
        const started = await startPeer(peer, join(folder, peer.package), missing)
        if ('port' in started.peer) running.push(started.peer)
        contestants.push(started)
      }
      const measured = contestants.map((): Array<Numbers> => [])
      for (let round = 0; round <= rounds; round += 1) {
        progress(round === 0 ? 'peers: warm up' : `peers: round ${round} of ${rounds}`)
        for (const [index, { peer }] of contestants.entries()) {
          if (!('port' in peer)) continue
          const numbers = await measure(client, peer, seconds)
          if (round > 0) measured[index]?.push(numbers)
        }
      }
      await client.end()
      for (const peer of running) await peer.end()
      const relative = measured.map((numbers) =>
        numbers.map((theirs, round) => ({
          ...theirs,
          [TIMES]: (measured[0]?.[round]?.[RATE] ?? Number.NaN) / (theirs[RATE] ?? Number.NaN),
        })),
      )
      return {
        name: 'peers',
        title: `Status calls by ${CLIENTS} clients, and the nearest thing in other programs`,
        columns: [RATE, 'p50 ms', 'p99 ms', TIMES],
        rows: contestants.map(({ subject }, index) => rowOf(subject, relative[index] ?? [])),
      }
    } finally {
      client.kill()
      for (const { kill } of running) kill()
    }
  })

// -- internals

const CLIENT = new URL('./client.process.ts', import.meta.url)

const PEERS: ReadonlyArray<Peer> = [wiremock, prism, jsonServer, restate]

const CLIENTS = 32
const MOST_SECONDS = 5
const RATE = 'changes/s'
const TIMES = 'ours ÷ it'

interface Contestant {
  readonly subject: string
  readonly peer: RunningPeer | { readonly obstacle: string }
}

const startPeer = async (
  peer: Peer,
  folder: string,
  missing: string | undefined,
): Promise<Contestant> => {
  const obstacle = missing === undefined ? peer.obstacle?.() : `not installed (${missing})`
  if (obstacle !== undefined)
    return { subject: `${peer.name}: not run, ${obstacle}`, peer: { obstacle } }
  mkdirSync(folder, { recursive: true })
  try {
    return {
      subject: `${peer.name} ${versionOf(peer.package)}: ${peer.does}`,
      // One service for each client is what costs it least.
      peer: await peer.start(folder, CLIENTS),
    }
  } catch (thrown) {
    const [reason = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')
    return { subject: `${peer.name}: not run, ${reason}`, peer: { obstacle: reason } }
  }
}

const startOurs = async (folder: string, services: number): Promise<RunningPeer> => {
  mkdirSync(folder)
  const file = join(folder, 'signalbox.db')
  const store = expect(sqliteStore({ database: new DatabaseSync(file) }))
  await populate(store, { services, tenants: 1 })
  expect(await store.close()())
  const { port, end, kill } = await startSignalbox(folder, {
    store: `sqlite:${file}`,
    probe: serviceCall(0),
  })
  return { port, laps: statusLaps(services), accepted: 201, end, kill }
}

const measure = async (
  client: Child<Load, Experience>,
  { port, laps, accepted }: RunningPeer,
  seconds: number,
): Promise<Numbers> => {
  const experience = await client.ask({ port, clients: CLIENTS, seconds, laps, accepted })
  const { changes, p50, p99, refused } = experience
  if (Object.keys(refused).length > 0) throw new Error(`refused: ${JSON.stringify(refused)}`)
  return { [RATE]: changes / experience.seconds, 'p50 ms': p50, 'p99 ms': p99 }
}
