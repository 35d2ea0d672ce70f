import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Violation } from './check/evidence.ts'
import { createFleet } from './fleet.ts'
import { race } from './race.ts'
import type { History } from './race.ts'
import { createRandom } from './random.ts'
import { configurationOf } from './setting.ts'
import type { Outcome } from './torture.ts'

/**
 * Races for the status of new services, one after another, on several hosts over one store; in every second one a host is
 * killed. It stops at the first history that nothing explains, and leaves that in its folder.
 */
export const races = async ({
  name,
  seed,
  rounds,
  hosts,
  store,
  folder,
  say,
}: {
  readonly name: string
  readonly seed: string
  readonly rounds: number
  readonly hosts: number
  readonly store: string
  readonly folder: string
  readonly say: (line: string) => void
}): Promise<Outcome> => {
  const begun = performance.now()
  writeFileSync(join(folder, 'signalbox.config.json'), JSON.stringify(configurationOf()))
  const fleet = createFleet({ folder, store, hosts })
  const histories: Array<History> = []
  const violations: Array<Violation> = []
  let round = 0
  let kills = 0
  try {
    await fleet.up(0)
    while (round < rounds && violations.length === 0) {
      round += 1
      const random = createRandom(`${seed}/race ${round}`)
      const victim = random.whole(0, hosts - 1)
      const killAt = random.whole(100, 900)
      const isKilled = round % 2 === 0
      const raced = await race({
        random,
        callers: CALLERS,
        name: String(round),
        address: fleet.address,
        until: async () => {
          await pause(isKilled ? killAt : ROUND_MS)
          if (!isKilled) return
          kills += 1
          await fleet.strike(victim, { downMs: 0, clockMs: 0 })
          await pause(ROUND_MS - killAt)
        },
      })
      const count = raced.histories.reduce((sum, { operations }) => sum + operations.length, 0)
      say(
        `${name}: race ${round} of ${rounds}${isKilled ? `, kill ${victim + 1} at ${killAt} ms` : ''}: ${count} operations`,
      )
      histories.push(...raced.histories)
      violations.push(...raced.violations)
      if (raced.violations.length > 0) keep(folder, raced.histories)
    }
  } finally {
    await fleet.killAll()
  }
  const operations = histories.flatMap((history) => history.operations)
  return {
    name,
    counts: {
      rounds: round,
      'hosts killed': kills,
      services: histories.length,
      operations: operations.length,
      'of them concurrent at most': Math.max(0, ...histories.map(widest)),
      'of unknown outcome': operations.filter(({ result }) => result === undefined).length,
      seconds: (performance.now() - begun) / 1000,
    },
    violations,
  }
}

// -- internals

const CALLERS = 10
const ROUND_MS = 1200

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

// How many operations with an answer were under way at one instant.
const widest = ({ operations }: History): number => {
  const known = operations.filter(({ result }) => result !== undefined)
  return Math.max(
    0,
    ...known.map(
      ({ start }) => known.filter((other) => other.start <= start && other.end > start).length,
    ),
  )
}

const keep = (folder: string, histories: ReadonlyArray<History>): void =>
  writeFileSync(
    join(folder, 'histories.jsonl'),
    histories
      .flatMap(({ service, operations }) =>
        operations.map((operation) => `${JSON.stringify({ service, ...operation })}\n`),
      )
      .join(''),
  )
