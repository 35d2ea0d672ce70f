import type { Status } from '@signalbox/core/zosconnect'
import * as E from 'fp-ts/lib/Either.js'
import { idOf } from './collections.ts'
import type { Factories } from './factories.ts'
import { sameArchive } from './instances.ts'
import type { Instance, Instances } from './instances.ts'
import type { ProviderFactory } from './spi.ts'
import { standInFactory } from './stand-in.ts'

/**
 * The instances of a rehearsal: those of the process, which are only asked what they show, and over them those that it
 * registers, starts and stops for itself. `own` are made by `rehearsedFactories`.
 */
export const rehearsedInstances = (real: Instances, own: Instances): Instances => {
  const made = new Map<string, Instance>()
  const released = new Set<string>()
  const moved = new Map<Instance, Status>()
  const find: Instances['find'] = (id) =>
    released.has(id) ? undefined : (made.get(id) ?? real.find(id))
  const ownerOf = (instance: Instance): Instances =>
    made.get(idOf(instance.definition)) === instance ? own : real
  const status: Instances['status'] = async (instance) =>
    moved.get(instance) ?? ownerOf(instance).status(instance)
  const bring: Instances['obtain'] = async (definition) => {
    const id = idOf(definition)
    const there = find(id)
    if (there !== undefined && sameArchive(there.definition.archive, definition.archive))
      return E.right(there)
    const brought = await own.obtain(definition)
    if (E.isRight(brought)) {
      made.set(id, brought.right)
      released.delete(id)
    }
    return brought
  }
  return {
    supports: real.supports,
    find,
    obtain: bring,
    replace: bring,
    release: async (id) => {
      released.add(id)
    },
    // A provider of the process is moved in effigy: by another one that is registered from the same archive.
    move: async (instance, to) => {
      const effigy =
        ownerOf(instance) === own ? E.right(instance) : await own.obtain(instance.definition)
      const ended = E.isRight(effigy)
        ? await own.move(effigy.right, to)
        : { status: to === 'start' ? ('started' as const) : ('stopped' as const) }
      moved.set(instance, ended.status)
      return ended
    },
    status,
    observe: async (instance) => ({ status: await status(instance), quiet: true }),
    data: (instance) => ownerOf(instance).data(instance),
    lastData: (instance) => ownerOf(instance).lastData(instance),
    schema: (instance, which) => ownerOf(instance).schema(instance, which),
    statistics: (instance) => ownerOf(instance).statistics(instance),
    invoke: async () => ({ _tag: 'Broken' }),
  }
}

/** The factories of a rehearsal: where one does not rehearse, another does what it is asked for and shows the properties. */
export const rehearsedFactories = (factories: Factories): Factories =>
  new Map(
    [...factories].map(([provider, factory]) => [
      provider,
      factory.rehearses === true ? factory : OBEDIENT,
    ]),
  )

// -- internals

const standIn = standInFactory([], { factoryOf: () => undefined, settingsOf: () => null })

const OBEDIENT: ProviderFactory = {
  providers: [],
  register: (archive, host) => standIn.register(archive, { ...host, settings: null }),
}
