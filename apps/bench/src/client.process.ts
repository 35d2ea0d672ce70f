import { answerParent } from './child.ts'
import { connect } from './connection.ts'
import type { Connection } from './connection.ts'
import { percentile } from './statistics.ts'

/** A load to put on a server. */
export interface Load {
  readonly port: number
  readonly clients: number
  readonly seconds: number
  /**
   * Whole requests: for each lap one of every service. Laps take turns for ever, so that each request changes something;
   * a load begins where the one before it on the same port has ended.
   */
  readonly laps: ReadonlyArray<ReadonlyArray<string>>
  /** The status of the reply to a change. */
  readonly accepted: number
}

/** What came of it. */
export interface Experience {
  readonly changes: number
  readonly seconds: number
  /** In ms. */
  readonly p50: number
  /** In ms. */
  readonly p99: number
  /** Other replies, by status. */
  readonly refused: Readonly<Record<string, number>>
}

// -- internals

const progress = new Map<number, Array<number>>()

const apply = async ({ port, clients, seconds, laps, accepted }: Load): Promise<Experience> => {
  const requests = laps.map((lap) => lap.map((request) => Buffer.from(request)))
  const turns = progress.get(port) ?? []
  progress.set(port, turns)
  const connections = await Promise.all(Array.from({ length: clients }, () => connect(port)))
  const latencies: Array<number> = []
  const refused: Record<string, number> = {}
  const begun = performance.now()
  const end = begun + seconds * 1000
  const work = async ({ send }: Connection, client: number): Promise<void> => {
    const own = requests.map((lap) => ownOf(lap, client, clients))
    for (let now = performance.now(); now < end;) {
      const turn = turns[client] ?? 0
      turns[client] = turn + 1
      const services = own[0]?.length ?? 1
      const request = own[Math.floor(turn / services) % own.length]?.[turn % services]
      if (request === undefined) throw new Error('no such request')
      const status = await send(request)
      const then = performance.now()
      if (status === accepted) latencies.push(then - now)
      else refused[status] = (refused[status] ?? 0) + 1
      now = then
    }
  }
  await Promise.all(connections.map(work))
  const spent = (performance.now() - begun) / 1000
  for (const { close } of connections) close()
  const sorted = Float64Array.from(latencies).toSorted()
  return {
    changes: sorted.length,
    seconds: spent,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    refused,
  }
}

// Each client has services of its own, as long as there are enough.
const ownOf = <A>(lap: ReadonlyArray<A>, client: number, clients: number): ReadonlyArray<A> =>
  lap.filter((_, service) => service % clients === client % lap.length)

answerParent<Load, Experience>({ answer: apply, end: () => {} })
