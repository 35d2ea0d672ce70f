import type { Failure, Principal, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { PluginSettings } from './settings.ts'

/** What has ids of its own. */
type Numbered = 'client' | 'user' | 'service' | 'key' | 'request' | 'change'

/** Gives ids: positive whole numbers, one sequence for each kind, above those of the configuration. */
export interface Numbers {
  /** The first of so many successive ids, each given once. */
  readonly take: (kind: Numbered, count?: number) => Promise<E.Either<Failure, number>>
  /** The same sequences as they stand now, which go on by themselves over other services. */
  readonly over: (services: Services) => Numbers
}

/** Makes the sequences. Ids of the log are taken in blocks, since there are many; what is left of a block is never used. */
export const createNumbers = (
  services: Services,
  settings: PluginSettings,
  principals: ReadonlyArray<Principal>,
): Numbers => {
  const floors = floorsOf(settings, principals)
  return numbersFrom(services, floors, new Map())
}

// -- internals

type Floors = Readonly<Record<Numbered, number>>

const numbersFrom = (services: Services, floors: Floors, blocks: Map<Numbered, Block>): Numbers => {
  const allocate = (kind: Numbered, count: number): Promise<E.Either<Failure, number>> =>
    services
      .allocate({ sequence: kind, count, floor: floors[kind] + 1 })()
      .then(E.mapLeft((): Failure => ({ _tag: 'Unavailable', message: 'no id to be had' })))
  return {
    take: async (kind, count = 1) => {
      if (kind !== 'request' && kind !== 'change') return allocate(kind, count)
      const block = blocks.get(kind)
      if (block !== undefined && block.next + count <= block.end) {
        block.next += count
        return E.right(block.next - count)
      }
      const size = Math.max(BLOCK, count)
      const first = await allocate(kind, size)
      if (E.isRight(first)) blocks.set(kind, { next: first.right + count, end: first.right + size })
      return first
    },
    over: (others) =>
      numbersFrom(
        others,
        floors,
        new Map([...blocks].map(([kind, block]) => [kind, { ...block }])),
      ),
  }
}

interface Block {
  next: number
  readonly end: number
}

const BLOCK = 64

const floorsOf = (
  { clients = [] }: PluginSettings,
  principals: ReadonlyArray<Principal>,
): Floors => {
  const callers = principals.map(({ id }) => Number(id))
  const highest = (...ids: ReadonlyArray<number>): number => Math.max(0, ...ids)
  return {
    client: highest(...callers, ...clients.map(({ id }) => id)),
    user: highest(
      ...callers,
      ...clients.flatMap(({ users = [] }) => users.map(({ id = 0 }) => id)),
    ),
    service: highest(
      ...clients.flatMap((client) =>
        Object.values(client.services ?? {}).map((service) => service?.id ?? 0),
      ),
    ),
    key: highest(...callers),
    request: 0,
    change: 0,
  }
}
