import type { Event, Json, State } from '@signalbox/core'
import { newsOf } from '@signalbox/core/zosconnect'
import type { RestartPolicy, Standing, Status } from '@signalbox/core/zosconnect'
import type { Failure, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { Archives } from './archives.ts'
import type { Attempts } from './attempts.ts'
import { COLLECTIONS } from './collections.ts'
import type { Collection } from './collections.ts'
import type { Instances } from './instances.ts'
import { standingOf } from './site.ts'
import { statesOf } from './states.ts'

/**
 * Takes up everything that is installed again, by name: registers it, asks its status, and tells the machine, which follows
 * the provider or drives it to the status last wanted. What lacks its archive or its factory is unknown. A provider that is
 * slow holds up a few others at most, and a machine that cannot be told holds up none: it is taken up anew until it has been
 * told. What is started and stopped elsewhere has gone on meanwhile: work under way is left to go on, and only what differs is
 * news. Throws when the store cannot be read; nothing has been taken up then.
 */
export const resumeAll = async ({
  services,
  instances,
  archives,
  policy,
  elsewhere,
  found,
  resumed,
  again,
  log,
}: {
  readonly services: Pick<Services, 'list' | 'load' | 'report'>
  readonly instances: Instances
  readonly archives: Pick<Archives, 'ids' | 'open' | 'remove'>
  readonly policy: RestartPolicy
  /** Whether starts and stops take place out of this process. */
  readonly elsewhere: boolean
  /** Hears the ids of all, before any is taken up. */
  readonly found: (ids: ReadonlyArray<string>) => void
  /** Hears the id of each, once the machine has been told. */
  readonly resumed: (id: string) => void
  readonly again: Attempts['again']
  readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
}): Promise<void> => {
  // An archive comes with its service in one commit: one that was there before the services were listed has its own among them.
  const stored = await archives.ids()
  const listed = await Promise.all(
    COLLECTIONS.map(async (collection) => {
      const states = await statesOf(services, collection)
      if (E.isLeft(states)) throw new Error(`the store cannot be read: ${states.left._tag}`)
      return states.right.map((state) => ({ collection, state }))
    }),
  )
  const all = listed.flat()
  const states = all.map(({ state }) => state)
  found(states.map(({ ref }) => ref.id))
  if (E.isRight(stored)) await sweep(stored.right, states, { archives, log })

  const unreported = ({ state }: Found, { _tag }: Failure): false => {
    log('service.unreported', { name: standingOf(state).context.definition.name, failure: _tag })
    return false
  }
  const tell = async (one: Found): Promise<boolean> => {
    const { collection, state } = one
    const { definition } = standingOf(state).context
    const made = await instances.obtain(definition)
    if (E.isLeft(made)) {
      log('service.unresumed', { name: definition.name, message: made.left.message })
      // That an archive is missing is known only when the store says so.
      const opened = await archives.open(definition)
      if (E.isLeft(opened)) return unreported(one, opened.left)
    }
    const status = E.isLeft(made) ? 'unknown' : await instances.status(made.right)
    const event = elsewhere
      ? changed(standingOf(state), status, policy)
      : { type: 'host.resumed', policy, status }
    const reported = event && (await services.report(collection.lifecycle, state.ref, event)())
    if (reported !== undefined && E.isLeft(reported)) return unreported(one, reported.left)
    resumed(state.ref.id)
    return true
  }
  // By then the state may have moved on, or be gone.
  const tellAnew = async (one: Found): Promise<boolean> => {
    const { collection, state } = one
    const present = await services.load(collection.lifecycle, state.ref)()
    if (E.isLeft(present)) return unreported(one, present.left)
    if (present.right !== undefined) return tell({ collection, state: present.right })
    resumed(state.ref.id)
    return true
  }
  let untold = await failing(all, tell)
  if (untold.length > 0)
    again(async () => {
      untold = await failing(untold, tellAnew)
      return untold.length === 0
    })
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

// Those of many that were not done; as many slow ones as are done at once hold up the rest.
const failing = async <A>(
  all: ReadonlyArray<A>,
  work: (one: A) => Promise<boolean>,
): Promise<ReadonlyArray<A>> => {
  const failed: Array<A> = []
  const waiting = all.values()
  const worker = async (): Promise<void> => {
    for (const one of waiting) if (!(await work(one))) failed.push(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return failed
}

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
