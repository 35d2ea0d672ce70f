import type { Event, Lifecycle, ServiceRef, State } from '@signalbox/core'
import { contextOf } from '@signalbox/core/gcore'
import type { Page } from '@signalbox/core/store'
import type { Failure, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { offeredTo } from './availability.ts'
import type { Directory } from './directory.ts'
import { insist } from './parts.ts'
import { PROVIDER } from './provider.ts'

/**
 * What billing tells of services, named by their ids. A report that a service's status does not wait for changes
 * nothing; every call may be repeated. Answers how many services there were to tell.
 */
export interface Billing {
  /** Suspends services; `batch` names the run, so that it can be undone. */
  readonly suspend: (run: {
    readonly batch: string
    readonly reason: string
    readonly services: ReadonlyArray<number>
  }) => Promise<E.Either<Failure, number>>
  /** Undoes a run: whatever it paused and nobody has moved since returns to where it was. */
  readonly restore: (run: { readonly batch: string }) => Promise<E.Either<Failure, number>>
  /** Services were paid for. */
  readonly activate: (paid: {
    readonly services: ReadonlyArray<number>
  }) => Promise<E.Either<Failure, number>>
  /** A trial has used up what an option grants. */
  readonly exceed: (used: {
    readonly service: number
    readonly option: string
  }) => Promise<E.Either<Failure, number>>
}

/** Makes the door by which billing reports. */
export const createBilling = ({
  lifecycle,
  services,
  directory,
}: {
  readonly lifecycle: Lifecycle
  readonly services: Services
  readonly directory: Directory
}): Billing => {
  const refOf = async (service: number): Promise<E.Either<Failure, ServiceRef | undefined>> => {
    const stored = await services.document('service', String(service))()
    if (E.isLeft(stored)) return stored
    const tenant = stored.right?.tenant
    return E.right(
      tenant === undefined ? undefined : { provider: PROVIDER, tenant, id: String(service) },
    )
  }

  // Whether the product is available is asked anew when it changes in the very moment.
  const tell = (ref: ServiceRef, event: Event): Promise<E.Either<Failure, void>> =>
    insist(async () => {
      const available = await isAvailable(ref)
      if (E.isLeft(available)) return available
      const told = await services.report(lifecycle, ref, {
        ...event,
        ...(MAY_USE.has(event.type) ? { available: available.right } : {}),
      })()
      return E.map(() => undefined)(told)
    })

  const isAvailable = async (ref: ServiceRef): Promise<E.Either<Failure, boolean>> => {
    const state = await services.load(lifecycle, ref)()
    if (E.isLeft(state)) return state
    const client = await directory.held(Number(ref.tenant))()
    if (E.isLeft(client)) return client
    if (state.right === undefined || client.right === undefined) return E.right(false)
    const { record } = client.right
    const defaults = await directory.defaults(record.reseller)()
    const { name } = contextOf(state.right)
    return E.map((own: Parameters<typeof offeredTo>[1]) => offeredTo(record, own).includes(name))(
      defaults,
    )
  }

  const tellAll = async (
    refs: ReadonlyArray<ServiceRef>,
    event: Event,
  ): Promise<E.Either<Failure, number>> => {
    const told = await Promise.all(refs.map((ref) => tell(ref, event)))
    return told.find(E.isLeft) ?? E.right(refs.length)
  }

  const tellServices = async (
    ids: ReadonlyArray<number>,
    event: Event,
  ): Promise<E.Either<Failure, number>> => {
    const found = await Promise.all([...new Set(ids)].map(refOf))
    const refs: Array<ServiceRef> = []
    for (const one of found) {
      if (E.isLeft(one)) return one
      if (one.right !== undefined) refs.push(one.right)
    }
    return tellAll(refs, event)
  }

  return {
    suspend: ({ batch, reason, services: ids }) =>
      tellServices(ids, { type: 'billing.suspended', batch, reason }),
    restore: async ({ batch }) => {
      const paused: Array<ServiceRef> = []
      for (let after: string | undefined; ;) {
        const page: E.Either<Failure, Page<State>> = await services.list(lifecycle, {
          provider: PROVIDER,
          label: { name: 'batch', value: batch },
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        })()
        if (E.isLeft(page)) return page
        paused.push(...page.right.items.map(({ ref }) => ref))
        if (page.right.next === undefined) break
        after = page.right.next
      }
      return tellAll(paused, { type: 'billing.restored', batch })
    },
    activate: ({ services: ids }) => tellServices(ids, { type: 'billing.activated' }),
    exceed: ({ service, option }) => tellServices([service], { type: 'usage.exceeded', option }),
  }
}

// -- internals

const PAGE = 500

const MAY_USE: ReadonlySet<string> = new Set(['billing.activated', 'billing.restored'])
