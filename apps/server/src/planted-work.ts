import type { Effect, ServiceRef } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import type { Commit, Store } from '@signalbox/core/store'
import { must } from './house.ts'
import type { Location } from './location.ts'
import { openStore } from './open-store.ts'

/** Puts work into a store that nobody serves from. For tests. */
export const plant = async (location: Location, parts: Partial<Commit>): Promise<void> => {
  const store: Store = must(await openStore(location))
  for (const answered of must(await store.commit([{ ...emptyCommit, ...parts }])())) must(answered)
  must(await store.close()())
}

/** Names a service of no provider. */
export const nobodys = (id: string): ServiceRef => ({ provider: 'nobody', tenant: 'acme', id })

/** Makes an effect of a lifecycle that no plugin serves. */
export const effectAt = (id: string, at: number): Effect => ({
  id,
  ref: nobodys(id),
  lifecycle: 'nobody/service',
  type: 'provision',
  params: {},
  generation: 1,
  lane: 'main',
  at,
})
