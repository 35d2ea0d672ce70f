import { createRandom } from './random.ts'

/** Something that is done to the machinery, so many ms after a round began. */
export type Blow =
  | { readonly kind: 'kill'; readonly at: number; readonly host: number; readonly downMs: number }
  | { readonly kind: 'restart'; readonly at: number; readonly mode: 'fast' | 'immediate' }

/** One round: how long clients call, and what happens meanwhile. */
export interface Round {
  readonly number: number
  readonly ms: number
  readonly blows: ReadonlyArray<Blow>
  /** By how much the hosts' clock is ahead when the round begins; more than before means that all were down for that long. */
  readonly clockMs: number
}

const HOUR = 3_600_000

/** Draws the rounds of a run from its seed, in order. The last one of them has a kill whatever is drawn. */
export const planOf = ({
  seed,
  rounds,
  hosts,
  database,
}: {
  readonly seed: string
  readonly rounds: number
  readonly hosts: number
  /** Whether there is a database server that can be restarted. */
  readonly database: boolean
}): ReadonlyArray<Round> => {
  let clockMs = 0
  return Array.from({ length: rounds }, (_, index) => {
    const random = createRandom(`${seed}/round ${index + 1}`)
    // A trial lasts for a day, and longer than that nobody was there: everything is due at once.
    if (index > 0 && random.chance(0.15)) clockMs += random.whole(25, 60) * HOUR
    const ms = random.whole(900, 1500)
    const kills = random.whole(1, hosts === 1 ? 2 : 3)
    const blows = Array.from({ length: kills }, (): Blow => ({
      kind: 'kill',
      at: random.whole(20, ms),
      host: random.whole(0, hosts - 1),
      downMs: random.chance(0.3) ? random.whole(0, 800) : 0,
    }))
    const mode = random.pick(['fast', 'immediate'] as const)
    const at = random.whole(20, ms)
    const restart: ReadonlyArray<Blow> =
      database && random.chance(0.35) ? [{ kind: 'restart', at, mode }] : []
    return {
      number: index + 1,
      ms,
      blows: [...blows, ...restart].toSorted((a, b) => a.at - b.at),
      clockMs,
    }
  })
}
