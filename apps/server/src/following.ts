import { AsyncLocalStorage } from 'node:async_hooks'
import type { Belonging } from '@signalbox/host'

/** Runs work that belongs to a request. */
export const followed = <A>(request: string, work: () => A): A => storage.run({ request }, work)

/** Runs work that belongs to no request. */
export const apart = <A>(work: () => A): A => storage.run(NOTHING, work)

/** What the present work belongs to, traces aside. */
export const following = (): Belonging => storage.getStore() ?? NOTHING

// -- internals

const storage = new AsyncLocalStorage<Belonging>()

const NOTHING: Belonging = {}
