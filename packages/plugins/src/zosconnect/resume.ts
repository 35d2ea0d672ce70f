import type { Json, State } from '@signalbox/core'
import { TENANT, zosService } from '@signalbox/core/zosconnect'
import type { RestartPolicy } from '@signalbox/core/zosconnect'
import type { Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { Archives } from './archives.ts'
import type { Instances } from './instances.ts'
import { standingOf } from './site.ts'

/**
 * Takes up every installed service again, by name: registers it, asks its status, and tells the machine, which follows the
 * provider or drives it to the status last wanted. A service whose archive or factory is missing is unknown. Throws when
 * the store cannot be read.
 */
export const resumeServices = async ({
  services,
  instances,
  archives,
  policy,
  log,
}: {
  readonly services: Pick<Services, 'list' | 'report'>
  readonly instances: Instances
  readonly archives: Pick<Archives, 'ids' | 'remove'>
  readonly policy: RestartPolicy
  readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
}): Promise<void> => {
  // An archive comes with its service in one commit: one that was there before the services were listed has its own among them.
  const stored = await archives.ids()
  const states = await allServices(services)
  if (E.isRight(stored)) await sweep(stored.right, states, { archives, log })
  for (const state of states) {
    const { definition } = standingOf(state).context
    const made = await instances.obtain(definition)
    const status = E.isLeft(made) ? 'unknown' : await instances.status(made.right)
    if (E.isLeft(made))
      log('service.unresumed', { name: definition.name, message: made.left.message })
    const event = { type: 'host.resumed', policy, status }
    const reported = await services.report(zosService, state.ref, event)()
    if (E.isLeft(reported))
      log('service.unreported', { name: definition.name, failure: reported.left._tag })
  }
}

// -- internals

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

const allServices = async (services: Pick<Services, 'list'>): Promise<ReadonlyArray<State>> => {
  const states: Array<State> = []
  let after: string | undefined
  do {
    const page = await services.list(zosService, {
      provider: zosService.provider,
      tenant: TENANT,
      limit: 500,
      ...(after !== undefined && { after }),
    })()
    if (E.isLeft(page)) throw new Error(`the services cannot be read: ${page.left._tag}`)
    states.push(...page.right.items)
    after = page.right.next
  } while (after !== undefined)
  return states
}
