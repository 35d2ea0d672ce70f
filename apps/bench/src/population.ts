import { decide, refKey } from '@signalbox/core'
import type { Input, ServiceRef, State } from '@signalbox/core'
import { poppyService } from '@signalbox/core/poppy'
import { commitOf, emptyCommit } from '@signalbox/core/store'
import type { Commit, Store } from '@signalbox/core/store'
import { expect } from './expect.ts'
import { PROJECT, serviceId } from './service.ts'

/** How many services there are, and over how many tenants they are spread. */
export interface Population {
  readonly services: number
  readonly tenants: number
}

/** Names the service of a number; the first tenant is that of the load. */
export const refOf = (number: number, { tenants }: Population): ServiceRef => ({
  provider: 'poppy',
  tenant: String(Number(PROJECT) + (number % tenants)),
  id: serviceId(number),
})

/**
 * Fills an empty store with deployed services through its port: each with all that its creation and its provider's report
 * leave behind, which is entries of the journal, a settled effect, a claim and a count.
 */
export const populate = async (
  store: Store,
  population: Population,
  progress: (services: number) => void = () => {},
): Promise<void> => {
  const first = JSON.stringify(creationOf(refOf(0, { services: 1, tenants: 1 })))
  const text = first.replaceAll(DOMAIN, domainOf(0))
  for (let from = 0; from < population.services; from += BATCH) {
    const size = Math.min(BATCH, population.services - from)
    const commits = Array.from({ length: size }, (_, index) => {
      const number = from + index
      const { tenant, id } = refOf(number, population)
      const own = text
        .replaceAll(PROJECT, tenant)
        .replaceAll(serviceId(0), id)
        .replaceAll(domainOf(0), domainOf(number))
      // What is parsed was a commit before its names were replaced.
      return JSON.parse(own) as Commit
    })
    for (const answer of expect(await store.commit(commits)())) expect(answer)
    progress(from + size)
  }
}

/**
 * The override of a service's status, from deployed to failed and back, with the commit that a host makes of it. Turns
 * count up, so that ids ascend as those of the server do.
 */
export const changeOf = (
  state: State,
  turn: number,
): { readonly after: State; readonly commit: Commit } => {
  const id = `change-${String(turn).padStart(12, '0')}`
  const at = state.changedAt + 1
  const decision = expect(
    decide(poppyService, state, {
      _tag: 'Command',
      ref: state.ref,
      id,
      at,
      actor: { id: 'operator', roles: ['operator'] },
      event: {
        type: 'service.setStatus',
        status: state.status === 'deployed' ? 'failed' : 'deployed',
        flavorExists: true,
      },
    }),
  )
  const { after, effects } = decision
  // No driver performs what this command asks for, so that the host settles it at once.
  const settles = effects.map((effect) => ({ effect: effect.id, outcome: 'done', at }) as const)
  return { after, commit: { ...commitOf(decision, refKey(state.ref)), settles } }
}

/** The stored states of a population, as `populate` leaves them. */
export const statesOf = async (
  store: Store,
  population: Population,
): Promise<ReadonlyArray<State>> => {
  const states: Array<State> = []
  for (let number = 0; number < population.services; number += 1) {
    const state = expect(await store.load(refOf(number, population))())
    if (state === undefined) throw new Error('a service is missing')
    states.push(state)
  }
  return states
}

// -- internals

const BATCH = 1000
const DOMAIN = 'www.example.com'

const domainOf = (number: number): string => `www.site-${number}.com`

const AT = 1_700_000_000_000

const creationOf = (ref: ServiceRef): Commit => {
  const [creation] = poppyService.commands[poppyService.creation]?.examples ?? []
  const [provisioned] = poppyService.reports['service.provisioned']?.examples ?? []
  if (creation === undefined || provisioned === undefined) throw new Error('an example is missing')
  const base = { ref, at: AT }
  const actor = { id: 'operator', roles: ['operator'] }
  const command: Input = {
    ...base,
    _tag: 'Command',
    id: `${ref.id}.creation`,
    actor,
    event: creation,
  }
  const created = expect(decide(poppyService, undefined, command))
  const report: Input = { ...base, _tag: 'Report', id: `${ref.id}.report`, event: provisioned }
  const deployed = expect(decide(poppyService, created.after, report))
  return {
    ...emptyCommit,
    ...commitOf(created, refKey(ref)),
    states: [{ state: deployed.after, expected: 0 }],
    armed: [],
    journal: [...created.journal, ...deployed.journal],
    settles: created.effects.map(({ id }) => ({ effect: id, outcome: 'done', at: AT })),
  }
}
