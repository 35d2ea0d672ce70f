import { createRandom } from './random.ts'

/** Something that is done to the machinery, once clients have had so many replies since the round or their last host began. */
export type Blow =
  | {
      readonly kind: 'kill'
      readonly after: number
      readonly host: number
      readonly downMs: number
    }
  | { readonly kind: 'restart'; readonly after: number; readonly mode: 'fast' | 'immediate' }

/** One round: how many replies clients have at least, and what happens meanwhile. */
export interface Round {
  readonly number: number
  readonly replies: number
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
    const replies = random.whole(80, 160)
    const kills = random.whole(1, hosts === 1 ? 2 : 3)
    const blows = Array.from({ length: kills }, (): Blow => ({
      kind: 'kill',
      after: random.whole(1, replies),
      host: random.whole(0, hosts - 1),
      downMs: random.chance(0.3) ? random.whole(0, 800) : 0,
    }))
    const mode = random.pick(['fast', 'immediate'] as const)
    const after = random.whole(1, replies)
    const restart: ReadonlyArray<Blow> =
      database && random.chance(0.35) ? [{ kind: 'restart', after, mode }] : []
    return {
      number: index + 1,
      replies,
      blows: [...blows, ...restart].toSorted((a, b) => a.after - b.after),
      clockMs,
    }
  })
}
