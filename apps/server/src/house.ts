import type { Store } from '@signalbox/core/store'
import { createHost, virtualClock } from '@signalbox/host'
import type { AnyPlugin, Host, Principal, VirtualClock } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { createIds } from './ids.ts'
import { listen } from './listener.ts'
import { openStore } from './open-store.ts'
import { plainVerifier } from './secret.ts'

/** A host in this process, over a file, that listens on loopback and whose clock stands still. For tests. */
export interface House {
  readonly url: string
  readonly host: Host
  readonly store: Store
  readonly clock: VirtualClock
  /** Ends connections, drains and closes the file. */
  readonly close: () => Promise<void>
}

/** Opens a house at an instant; every plugin must boot. The secret of a principal is its id with `-secret`. */
export const openHouse = async ({
  path,
  at,
  plugins,
  settings,
  principals,
  start = true,
}: {
  readonly path: string
  readonly at: number
  readonly plugins: ReadonlyArray<AnyPlugin>
  readonly settings: Readonly<Record<string, unknown>>
  readonly principals: ReadonlyArray<Principal>
  readonly start?: boolean
}): Promise<House> => {
  const store = must(await openStore({ kind: 'sqlite', path }))
  const clock = virtualClock(at)
  const host = await createHost({
    store,
    plugins,
    settings,
    principals: principals.map((principal) => ({
      ...principal,
      verify: plainVerifier(`${principal.id}-secret`),
    })),
    clock,
    newId: createIds(clock.now),
    random: () => 0.5,
    log: () => {},
    // Nothing but deadlines and effects wakes it.
    pollMs: A_HUNDRED_YEARS_MS,
  })
  if (start) await host.start()
  const failed = host.boot.find(({ ok }) => !ok)
  if (failed !== undefined) throw new Error(JSON.stringify(failed))
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    fetch: host.fetch,
    onError: () => {},
  })
  return {
    url: `http://127.0.0.1:${listener.port}`,
    host,
    store,
    clock,
    close: async () => {
      listener.destroy()
      await listener.close()
      const drained = host.drain(0)
      // The bound of the drain is a timer of a clock that stands still.
      await clock.advance(0)
      await drained
      must(await store.close()())
    },
  }
}

/** Takes the right, or throws the left. For tests. */
export const must = <L, A>(either: E.Either<L, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left))
  return either.right
}

// -- internals

const A_HUNDRED_YEARS_MS = 3_155_760_000_000
