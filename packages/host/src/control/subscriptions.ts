import { struct } from '@signalbox/core'
import type { JsonObject } from '@signalbox/core'
import type { Document, Page, StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Failure } from '../failure.ts'
import type { Note } from '../plugin.ts'
import type { Principal } from '../principal.ts'
import { createServices } from '../services.ts'
import type { ServicesOptions } from '../services.ts'
import { callerOf } from './generic.ts'
import { SIGNALBOX } from './role.ts'

/** Which events a subscription is about; those of all services that its maker may see unless said. */
export const EventFilter = struct(
  {},
  {
    provider: t.string,
    tenant: t.string,
    service: t.string,
    type: t.string,
    outcome: t.string,
  },
  'EventFilter',
)
export type EventFilter = t.TypeOf<typeof EventFilter>

/** Whom events are sent to. Instants are in ms since the epoch. */
export interface Subscription {
  readonly id: string
  readonly url: string
  readonly filter: EventFilter
  readonly secret: string
  readonly createdAt: number
  readonly createdBy: string
  /** The token of its maker, if it was made by one. */
  readonly token?: string
  /** What its maker might see when it was made. */
  readonly tenants: Principal['tenants']
  readonly providers?: ReadonlyArray<string>
}

/** How far a subscription has come. It is written only over what was read, so that of several hosts one sends. */
export interface Delivery {
  /** The place behind the last event that was taken; absent before the first of all. */
  readonly cursor?: string
  /** Held ones are not sent to until somebody resumes them. */
  readonly held: boolean
  /** How often the next event was tried. */
  readonly attempts: number
  readonly notBefore: number
  readonly error?: string
  readonly owner?: string
  /** When the owner's lease ends. */
  readonly until?: number
}

/** A delivery as it was read. */
export interface ReadDelivery {
  readonly delivery: Delivery
  readonly revision: number
}

/** The subscriptions of a store. */
export interface Subscriptions {
  readonly make: (
    wanted: Pick<Subscription, 'url' | 'filter' | 'secret'>,
    cursor: string | undefined,
    by: Principal,
    request: string,
  ) => Promise<E.Either<Failure, Subscription>>
  readonly find: (id: string) => Promise<E.Either<Failure, Subscription | undefined>>
  readonly list: (
    after: string | undefined,
    limit: number,
  ) => TE.TaskEither<StoreFailure, Page<Subscription>>
  readonly remove: (
    subscription: Subscription,
    by: Principal,
    request: string,
  ) => Promise<E.Either<Failure, void>>
  readonly delivery: (id: string) => Promise<E.Either<Failure, ReadDelivery | undefined>>
  /** Writes how far it has come over what was read; a left of `DocumentConflict` when another host was quicker. */
  readonly advance: (
    id: string,
    read: ReadDelivery,
    next: Delivery,
    note?: { readonly type: string; readonly by: Principal; readonly request?: string },
  ) => Promise<E.Either<Failure, ReadDelivery>>
}

/** Opens the subscriptions of a store. */
export const createSubscriptions = (shared: ServicesOptions): Subscriptions => {
  const { store, clock, newId } = shared
  const services = createServices(SIGNALBOX, shared)
  return {
    make: async (wanted, cursor, by, request) => {
      const id = newId()
      const subscription: Subscription = {
        ...wanted,
        id,
        createdAt: clock.now(),
        createdBy: callerOf(by).id,
        tenants: by.tenants,
        ...(by.providers !== undefined && { providers: by.providers }),
        ...(by.token !== undefined && { token: by.token }),
      }
      const { id: _id, ...body } = subscription
      const delivery: Delivery = {
        held: false,
        attempts: 0,
        notBefore: 0,
        ...(cursor !== undefined && { cursor }),
      }
      const written = await services.write(
        [
          { kind: KIND, id, tenant: TENANT, body: { ...body }, expected: 0 },
          { kind: DELIVERY, id, tenant: TENANT, body: { ...delivery }, expected: 0 },
        ],
        noteOf('subscription.create', subscription, by, request),
      )()
      return E.map(() => subscription)(written)
    },
    find: async (id) => {
      const held = await ask(store.document({ provider: SIGNALBOX, kind: KIND, id }))
      return E.map((document: Document | undefined) => document && subscriptionOf(document))(held)
    },
    list: (after, limit) =>
      TE.map(({ items, next }: Page<Document>) => ({
        items: items.flatMap((document) => subscriptionOf(document) ?? []),
        next,
      }))(
        store.documents({
          provider: SIGNALBOX,
          kind: KIND,
          limit,
          ...(after !== undefined && { after }),
        }),
      ),
    remove: (subscription, by, request) =>
      services.write(
        [KIND, DELIVERY].map((kind) => ({ kind, id: subscription.id, tenant: TENANT, body: null })),
        noteOf('subscription.delete', subscription, by, request),
      )(),
    delivery: async (id) => {
      const held = await ask(store.document({ provider: SIGNALBOX, kind: DELIVERY, id }))
      if (E.isLeft(held)) return held
      const read = DeliveryBody.decode(held.right?.body)
      return E.right(
        held.right === undefined || E.isLeft(read)
          ? undefined
          : { delivery: read.right, revision: held.right.revision },
      )
    },
    advance: async (id, { revision }, next, note) => {
      const written = await services.write(
        [{ kind: DELIVERY, id, tenant: TENANT, body: { ...next }, expected: revision }],
        note && {
          type: note.type,
          tenant: TENANT,
          id,
          principal: { ...note.by, id: callerOf(note.by).id },
          ...(note.request !== undefined && { request: note.request }),
          ...(next.error !== undefined && { detail: { error: next.error } }),
        },
      )()
      return E.map(() => ({ delivery: next, revision: revision + 1 }))(written)
    },
  }
}

// -- internals

const KIND = 'subscription'

const DELIVERY = 'delivery'

// Where the journal keeps what happens to subscriptions.
const TENANT = 'subscriptions'

const Body = struct(
  {
    url: t.string,
    filter: EventFilter,
    secret: t.string,
    createdAt: t.number,
    createdBy: t.string,
    tenants: t.union([t.literal('*'), t.readonlyArray(t.string)]),
  },
  { providers: t.readonlyArray(t.string), token: t.string },
)

const DeliveryBody = struct(
  { held: t.boolean, attempts: t.number, notBefore: t.number },
  { cursor: t.string, error: t.string, owner: t.string, until: t.number },
)

const subscriptionOf = ({ id, body }: Document): Subscription | undefined => {
  const read = Body.decode(body)
  return E.isLeft(read) ? undefined : { id, ...read.right }
}

// The path and the query of an address may hold what nobody else should read.
const noteOf = (
  type: string,
  { id, url, filter }: Subscription,
  by: Principal,
  request: string,
): Note => ({
  type,
  tenant: TENANT,
  id,
  principal: { ...by, id: callerOf(by).id },
  request,
  detail: { host: new URL(url).host, filter: filter as JsonObject },
})
