import { join } from 'node:path'
import { startHost } from './host-process.ts'
import type { HostProcess } from './host-process.ts'

/** The hosts of a run: each in a place of its own, where one is started again whenever the last one was killed. */
export interface Fleet {
  /** The address of any host that is up, chosen by a number from 0 to 1; undefined when none is. */
  readonly address: (choice: number) => string | undefined
  /** Starts a host in every place that has none. */
  readonly up: (clockMs: number) => Promise<void>
  /** Kills the host of a place, if it has one, and starts another one there later. */
  readonly strike: (
    place: number,
    options: { readonly downMs: number; readonly clockMs: number },
  ) => Promise<void>
  /** Kills all of them. */
  readonly killAll: () => Promise<void>
  /** Asks all of them to stop. One that does not end well counts as fallen. */
  readonly stop: () => Promise<void>
  /** How many were killed so far. */
  readonly killed: () => number
  /** How many were gone before anybody ended them. */
  readonly fallen: () => number
}

/** Makes a fleet of so many places over one store. The folder holds the configuration. */
export const createFleet = ({
  folder,
  store,
  hosts,
}: {
  readonly folder: string
  readonly store: string
  readonly hosts: number
}): Fleet => {
  const places = Array.from({ length: hosts }, (): HostProcess | undefined => undefined)
  let killed = 0
  let fallen = 0

  const start = async (place: number, clockMs: number): Promise<void> => {
    const log = join(folder, `host-${place + 1}.log`)
    for (let attempt = 1; ; attempt += 1)
      try {
        places[place] = await startHost({ folder, store, clockMs, log })
        return
      } catch (thrown) {
        // A host that cannot open its store at once, since its database is being restarted, ends: whoever runs it starts it again.
        if (attempt === MOST_STARTS) throw thrown
        await pause(200)
      }
  }

  const kill = async (place: number): Promise<void> => {
    const host = places[place]
    places[place] = undefined
    if (host === undefined) return
    killed += 1
    if (!host.isAlive()) fallen += 1
    await host.end('SIGKILL')
  }

  return {
    address: (choice) => {
      const alive = places.filter((host) => host?.isAlive())
      return alive[Math.floor(choice * alive.length)]?.url
    },
    up: async (clockMs) => {
      await Promise.all(
        places.map((host, place) => (host === undefined ? start(place, clockMs) : undefined)),
      )
    },
    strike: async (place, { downMs, clockMs }) => {
      if (places[place] === undefined) return
      await kill(place)
      await pause(downMs)
      await start(place, clockMs)
    },
    killAll: async () => {
      await Promise.all(places.map((_, place) => kill(place)))
    },
    stop: async () => {
      const running = places.flatMap((host) => host ?? [])
      places.fill(undefined)
      const codes = await Promise.all(running.map((host) => host.end('SIGTERM')))
      fallen += codes.filter((code) => code !== 0).length
    },
    killed: () => killed,
    fallen: () => fallen,
  }
}

// -- internals

const MOST_STARTS = 20

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
