import { struct } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import type { Page } from '@signalbox/core/store'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Failure } from '../failure.ts'
import type { Principal } from '../principal.ts'
import type { ReachSettings } from '../reach.ts'
import { empty, json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { SigningSecret } from '../signature.ts'
import { ReceiverUrl } from '../webhook-settings.ts'
import { pageOver } from './cursor.ts'
import { placeOf } from './events.ts'
import { After, Limit, Name, timestamp, USUAL_LIMIT } from './fields.ts'
import { readJournal } from './journal.ts'
import { failureReply, invalid, nothingHere, trouble } from './problems.ts'
import type { MemberError } from './problems.ts'
import { control, MOUNT } from './route.ts'
import { askPage } from './site.ts'
import type { Site } from './site.ts'
import { EventFilter } from './subscriptions.ts'
import type { Delivery, Subscription, Subscriptions } from './subscriptions.ts'
import { coversTenants } from './tokens.ts'

/** The routes by which admins have events sent to others: make, look, resume, delete. */
export const subscriptionRoutes = (
  site: Site,
  subscriptions: Subscriptions,
  reach: ReachSettings | undefined,
): ReadonlyArray<Route> => {
  const found = async (
    principal: Principal,
    id: string,
  ): Promise<E.Either<Reply, Subscription>> => {
    const held = await subscriptions.find(id)
    if (E.isLeft(held)) return E.left(failureReply(held.left))
    return held.right !== undefined && isSeen(principal, held.right)
      ? E.right(held.right)
      : E.left(nothingHere())
  }
  const shown = async (subscription: Subscription): Promise<Reply> => {
    const read = await subscriptions.delivery(subscription.id)
    return E.isLeft(read)
      ? failureReply(read.left)
      : json(200, viewOf(subscription, read.right?.delivery))
  }
  return [
    control('admin', {
      method: 'POST',
      path: '/subscriptions',
      name: 'subscribe',
      summary: 'Has events sent to a receiver, signed by a secret that is shown this once',
      rehearsable: false,
      body: { kind: 'json', codec: NewSubscription, mediaTypes: ['application/json'] },
      responses: { 201: MadeSubscription },
      handle: async ({ id, principal, body }) => {
        const { url, filter = {}, secret = newSecret(), after = 'latest' } = body
        const wrong = errorsOf(url, secret, reach)
        if (wrong.length > 0) return invalid(wrong)
        const place = await placeOf(site, after)
        if (E.isLeft(place)) return failureReply(place.left)
        const { right: cursor } = place
        const first = await readJournal(site, principal, filter, { after: cursor, limit: 1 })
        if (E.isLeft(first)) {
          const reachable = E.isRight(await ask(site.store.ping()))
          return reachable
            ? invalid([{ pointer: '/after', rule: 'the `next` of an earlier page expected' }])
            : failureReply(first.left)
        }
        const full = await hasMany(subscriptions)
        if (E.isLeft(full)) return failureReply(full.left)
        if (full.right)
          return trouble(
            'quota-exceeded',
            `There are ${MOST} subscriptions, and no more than that.`,
          )
        const made = await subscriptions.make({ url, filter, secret }, cursor, principal, id)
        if (E.isLeft(made)) return failureReply(made.left)
        site.subscribed()
        const view = { ...viewOf(made.right, undefined), secret }
        return json(201, view, { location: hrefOf(made.right) })
      },
    }),
    control('admin', {
      method: 'GET',
      path: '/subscriptions',
      name: 'listSubscriptions',
      summary: 'Lists the subscriptions of those who may see no more than the caller',
      query: struct({}, { after: After, limit: Limit }),
      responses: { 200: SubscriptionPage },
      handle: async ({ principal, query: { after, limit = USUAL_LIMIT } }) => {
        const page = await pageOver(
          [
            {
              key: 'subscriptions',
              page: async (cursor: string | undefined, most: number) =>
                E.map(({ items, next }: Page<Subscription>) => ({
                  items: items.filter((one) => isSeen(principal, one)),
                  next,
                }))(await askPage(site, cursor, subscriptions.list(cursor, most))),
            },
          ],
          after,
          limit,
        )
        if (E.isLeft(page)) return page.left
        const items: Array<SubscriptionView> = []
        for (const subscription of page.right.items) {
          const read = await subscriptions.delivery(subscription.id)
          if (E.isLeft(read)) return failureReply(read.left)
          items.push(viewOf(subscription, read.right?.delivery))
        }
        return json(200, { items, next: page.right.next ?? null })
      },
    }),
    control('admin', {
      method: 'GET',
      path: '/subscriptions/:subscription',
      name: 'showSubscription',
      summary: 'Shows a subscription, how far it has come, and why it does not get on',
      params: SubscriptionParams,
      responses: { 200: SubscriptionView },
      handle: async ({ principal, params }) => {
        const subscription = await found(principal, params.subscription)
        return E.isLeft(subscription) ? subscription.left : shown(subscription.right)
      },
    }),
    control('admin', {
      method: 'POST',
      path: '/subscriptions/:subscription/resume',
      name: 'resumeSubscription',
      summary: 'Sends on to a subscription that was held, or waits, from where it stopped',
      params: SubscriptionParams,
      responses: { 200: SubscriptionView },
      handle: async ({ id, principal, params }) => {
        const subscription = await found(principal, params.subscription)
        if (E.isLeft(subscription)) return subscription.left
        for (let tried = 1; ; tried += 1) {
          const read = await subscriptions.delivery(params.subscription)
          if (E.isLeft(read)) return failureReply(read.left)
          if (read.right === undefined) return nothingHere()
          const { error: _error, ...rest } = read.right.delivery
          const next = { ...rest, held: false, attempts: 0, notBefore: 0 }
          const note = { type: 'subscription.resume', by: principal, request: id }
          const written = await subscriptions.advance(params.subscription, read.right, next, note)
          if (E.isRight(written)) {
            site.subscribed()
            return json(200, viewOf(subscription.right, next))
          }
          // It is being sent to at this moment.
          if (written.left._tag !== 'DocumentConflict' || tried === MOST_TRIES)
            return failureReply(written.left)
        }
      },
    }),
    control('admin', {
      method: 'DELETE',
      path: '/subscriptions/:subscription',
      name: 'unsubscribe',
      summary: 'Ends a subscription; what is under way to it may still arrive',
      params: SubscriptionParams,
      responses: { 204: null },
      handle: async ({ id, principal, params }) => {
        const subscription = await found(principal, params.subscription)
        if (E.isLeft(subscription)) return subscription.left
        const removed = await subscriptions.remove(subscription.right, principal, id)
        return E.isLeft(removed) ? failureReply(removed.left) : empty(204)
      },
    }),
  ]
}

// -- internals

const MOST_TRIES = 8

// Each is looked after all the time, by every host.
const MOST = 100

const hasMany = async (subscriptions: Subscriptions): Promise<E.Either<Failure, boolean>> => {
  const page = await ask(subscriptions.list(undefined, MOST))
  return E.map(({ items }: Page<Subscription>) => items.length >= MOST)(page)
}

const SECRET_BYTES = 32

// What its members are beside text, the route judges.
const NewSubscription = struct(
  { url: Name },
  {
    filter: struct(
      {},
      { provider: Name, tenant: Name, service: Name, type: Name, outcome: Name },
      'EventFilter',
    ),
    secret: Name,
    after: Name,
  },
  'NewSubscription',
)

const errorsOf = (
  url: string,
  secret: string,
  reach: ReachSettings | undefined,
): ReadonlyArray<MemberError> => {
  const errors: Array<MemberError> = []
  if (!ReceiverUrl.is(url)) errors.push({ pointer: '/url', rule: `${ReceiverUrl.name} expected` })
  else if (new URL(url).protocol !== 'https:' && reach?.allowHttp !== true)
    errors.push({ pointer: '/url', rule: 'an address of https expected' })
  if (!SigningSecret.is(secret))
    errors.push({ pointer: '/secret', rule: `${SigningSecret.name} expected` })
  return errors
}

const SubscriptionParams = t.strict({ subscription: Name })

const subscription = {
  id: t.string,
  url: t.string,
  filter: EventFilter,
  state: t.keyof({ running: null, held: null }),
  after: t.union([t.string, t.null]),
  attempts: t.number,
  nextAttemptAt: t.union([t.string, t.null]),
  lastError: t.union([t.string, t.null]),
  createdAt: t.string,
  createdBy: t.string,
  href: t.string,
}

const SubscriptionView = t.strict(subscription, 'Subscription')
type SubscriptionView = t.TypeOf<typeof SubscriptionView>

const MadeSubscription = t.strict({ ...subscription, secret: t.string }, 'MadeSubscription')

const SubscriptionPage = t.strict(
  { items: t.readonlyArray(SubscriptionView), next: t.union([t.string, t.null]) },
  'SubscriptionPage',
)

const hrefOf = ({ id }: Subscription): string => `${MOUNT}/subscriptions/${encodeURIComponent(id)}`

const viewOf = (
  one: Subscription,
  { held, cursor, attempts, notBefore, error }: Delivery = FRESH,
): SubscriptionView => ({
  id: one.id,
  url: one.url,
  filter: one.filter,
  state: held ? 'held' : 'running',
  after: cursor ?? null,
  attempts,
  nextAttemptAt: held || attempts === 0 ? null : timestamp(notBefore),
  lastError: error ?? null,
  createdAt: timestamp(one.createdAt),
  createdBy: one.createdBy,
  href: hrefOf(one),
})

const FRESH: Delivery = { held: false, attempts: 0, notBefore: 0 }

const isSeen = (principal: Principal, { tenants, providers }: Subscription): boolean =>
  coversTenants(principal, tenants) &&
  (principal.providers === undefined ||
    providers?.every((one) => principal.providers?.includes(one)) === true)

const newSecret = (): string =>
  `whsec_${btoa(String.fromCodePoint(...crypto.getRandomValues(new Uint8Array(SECRET_BYTES))))}`
