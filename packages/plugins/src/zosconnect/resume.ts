import type { Event, Json, State } from '@signalbox/core'
import { newsOf } from '@signalbox/core/zosconnect'
import type { RestartPolicy, Standing, Status } from '@signalbox/core/zosconnect'
import type { Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { Archives } from './archives.ts'
import { COLLECTIONS } from './collections.ts'
import type { Collection } from './collections.ts'
import type { Instances } from './instances.ts'
import { standingOf } from './site.ts'
import { statesOf } from './states.ts'

/**
 * Takes up everything that is installed again, by name: registers it, asks its status, and tells the machine, which follows
 * the provider or drives it to the status last wanted. What lacks its archive or its factory is unknown. A provider that is
 * slow holds up a few others at most. What is started and stopped elsewhere has gone on meanwhile: work under way is left to go
 * on, and only what differs is news. Throws when the store cannot be read.
 */
export const resumeAll = async ({
  services,
  instances,
  archives,
  policy,
  elsewhere,
  resumed,
  log,
}: {
  readonly services: Pick<Services, 'list' | 'report'>
  readonly instances: Instances
  readonly archives: Pick<Archives, 'ids' | 'remove'>
  readonly policy: RestartPolicy
  /** Whether starts and stops take place out of this process. */
  readonly elsewhere: boolean
  /** Hears the id of each, once the machine has been told. */
  readonly resumed: (id: string) => void
  readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
}): Promise<void> => {
  // An archive comes with its service in one commit: one that was there before the services were listed has its own among them.
  const stored = await archives.ids()
  const found = await Promise.all(
    COLLECTIONS.map(async (collection) => {
      const states = await statesOf(services, collection)
      if (E.isLeft(states)) throw new Error(`the store cannot be read: ${states.left._tag}`)
      return states.right.map((state) => ({ collection, state }))
    }),
  )
  const all = found.flat()
  const states = all.map(({ state }) => state)
  if (E.isRight(stored)) await sweep(stored.right, states, { archives, log })
  const resume = async ({ collection, state }: Found): Promise<void> => {
    const { definition } = standingOf(state).context
    const made = await instances.obtain(definition)
    const status = E.isLeft(made) ? 'unknown' : await instances.status(made.right)
    if (E.isLeft(made))
      log('service.unresumed', { name: definition.name, message: made.left.message })
    const event = elsewhere
      ? changed(standingOf(state), status, policy)
      : { type: 'host.resumed', policy, status }
    const reported = event && (await services.report(collection.lifecycle, state.ref, event)())
    if (reported !== undefined && E.isLeft(reported))
      log('service.unreported', { name: definition.name, failure: reported.left._tag })
    resumed(state.ref.id)
  }
  const waiting = all.values()
  const worker = async (): Promise<void> => {
    for (const each of waiting) await resume(each)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

// -- internals

interface Found {
  readonly collection: Collection
  readonly state: State
}

// What nobody can tell is no news, and what is under way will be reported.
const changed = (standing: Standing, status: Status, policy: RestartPolicy): Event | undefined => {
  const { value, context } = standing
  const atRest = typeof value === 'object' || value === 'started' || value === 'unknown'
  if (status === 'unknown' || !atRest) return undefined
  return policy === 'last' && status !== context.desired
    ? { type: 'host.resumed', policy, status }
    : newsOf(standing, status)
}

// As many slow providers as these hold up the rest.
const AT_ONCE = 8

// A host that stopped between a change and its end may have left archives that nothing names.
const sweep = async (
  stored: ReadonlyArray<string>,
  states: ReadonlyArray<State>,
  {
    archives,
    log,
  }: {
    readonly archives: Pick<Archives, 'remove'>
    readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
  },
): Promise<void> => {
  const named = states.flatMap((state) => {
    const { definition, candidate } = standingOf(state).context
    return [definition.archive.id, ...(candidate ? [candidate.archive.id] : [])]
  })
  for (const id of stored.filter((each) => !named.includes(each))) {
    const removed = await archives.remove({ id })
    if (E.isLeft(removed)) log('archive.kept', { id, failure: removed.left._tag })
  }
}
