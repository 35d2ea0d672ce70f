import { answerParent } from './child.ts'
import { connect } from './connection.ts'
import type { Connection } from './connection.ts'
import { statusCall } from './request.ts'
import { percentile } from './statistics.ts'

/** A load to put on a server. */
export interface Load {
  readonly port: number
  readonly clients: number
  readonly services: number
  readonly seconds: number
}

/** What came of it. */
export interface Experience {
  readonly changes: number
  readonly seconds: number
  /** In ms. */
  readonly p50: number
  /** In ms. */
  readonly p99: number
  /** Replies other than 201, by status. */
  readonly refused: Readonly<Record<string, number>>
}

// -- internals

// Every load begins where the one before it on the same port has ended, so that each request changes something.
const turns = new Map<number, number>()

const apply = async ({ port, clients, services, seconds }: Load): Promise<Experience> => {
  const requests = ['failed', 'deployed'].map((status) =>
    Array.from({ length: services }, (_, number) => statusCall(number, status)),
  )
  const connections = await Promise.all(Array.from({ length: clients }, () => connect(port)))
  const latencies: Array<number> = []
  const refused: Record<string, number> = {}
  const begun = performance.now()
  const end = begun + seconds * 1000
  const work = async ({ send }: Connection): Promise<void> => {
    for (let now = performance.now(); now < end;) {
      const turn = turns.get(port) ?? 0
      turns.set(port, turn + 1)
      const request = requests[Math.floor(turn / services) % 2]?.[turn % services]
      if (request === undefined) throw new Error('no such request')
      const status = await send(request)
      const then = performance.now()
      if (status === 201) latencies.push(then - now)
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

answerParent<Load, Experience>({ answer: apply, end: () => {} })
