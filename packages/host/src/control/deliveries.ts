import * as E from 'fp-ts/lib/Either.js'
import { ask } from '../ask.ts'
import type { Backoff } from '../backoff.ts'
import type { Clock } from '../clock.ts'
import type { Dial } from '../dial.ts'
import type { Log } from '../log.ts'
import { thrownDetail } from '../log.ts'
import type { Principal } from '../principal.ts'
import type { ReachSettings } from '../reach.ts'
import { retryAfterMs } from '../retry-after.ts'
import { createWebhookSender } from '../webhook-sender.ts'
import type { WebhookSender } from '../webhook-sender.ts'
import { eventOf, readJournal } from './journal.ts'
import type { Stretch } from './journal.ts'
import type { ReaderOf } from './maker.ts'
import { SIGNALBOX } from './role.ts'
import type { Site } from './site.ts'
import type { Delivery, ReadDelivery, Subscription, Subscriptions } from './subscriptions.ts'
import { RECALL_MS } from './tokens.ts'

/** Sends events to whoever subscribed to them, for as long as it runs. */
export interface Deliveries {
  readonly start: () => void
  /** Looks at once for what is new; not before it has been started. */
  readonly look: () => void
  /** Calls off what is being sent, and resolves when nothing is: what was not taken is sent again by the next host. */
  readonly stop: () => Promise<void>
}

interface DeliveriesOptions {
  readonly site: Pick<Site, 'store' | 'changes'>
  readonly subscriptions: Subscriptions
  readonly readerOf: ReaderOf
  readonly clock: Clock
  readonly log: Log
  readonly dial: Dial
  readonly reach: ReachSettings | undefined
  /** Unique among the running hosts of a store. */
  readonly owner: string
  /** How long a host that has died keeps others waiting, in ms; the bound of one request lies within. */
  readonly leaseMs: number
  /** How often to look whether another host has made the first subscription, in ms. */
  readonly pollMs: number
  readonly backoff: Backoff
}

/**
 * Makes the deliveries of one host. Each subscription has its events in order, one after another, each at least once: its place is
 * kept after what was taken, and only by the host that holds its lease. What is not taken is tried again with a growing wait, and
 * after `MOST_ATTEMPTS` the subscription is held until somebody resumes it; so is one whose maker is gone.
 */
export const createDeliveries = (options: DeliveriesOptions): Deliveries => {
  const { site, subscriptions, clock, log } = options
  const running = new Map<string, Promise<void>>()
  const passed: Passed = new Map()
  const stopping = new AbortController()
  let known: ReadonlyArray<Subscription> = []
  let cancel = (): void => {}
  let unsubscribe = (): void => {}
  let started = false
  let looking = false
  let poked = false

  const readAll = async (): Promise<void> => {
    const all: Array<Subscription> = []
    let after: string | undefined
    do {
      const page = await ask(subscriptions.list(after, PAGE))
      if (E.isLeft(page)) return
      all.push(...page.right.items)
      after = page.right.next
    } while (after !== undefined)
    known = all
    for (const id of passed.keys()) if (!all.some((one) => one.id === id)) passed.delete(id)
  }

  const serve = (subscription: Subscription): void => {
    const { id } = subscription
    if (stopping.signal.aborted || running.has(id)) return
    const work = deliver(options, subscription, passed, stopping.signal)
      .catch((thrown: unknown) => log('error', 'delivery.fault', thrownDetail(thrown)))
      .then(() => void running.delete(id))
    running.set(id, work)
  }

  const pass = async (): Promise<void> => {
    looking = true
    poked = false
    await readAll()
    for (const subscription of known) serve(subscription)
    looking = false
    passAfter(poked ? SOON_MS : known.length === 0 ? options.pollMs : LOOK_AGAIN_MS)
  }

  const passAfter = (ms: number): void => {
    if (stopping.signal.aborted) return
    cancel()
    cancel = clock.after(ms, () => void pass())
  }

  const look = (): void => {
    if (poked || !started) return
    poked = true
    if (!looking) passAfter(SOON_MS)
  }

  // Where nobody has subscribed there is nothing to hurry for.
  const poke = (): void => {
    if (known.length > 0) look()
  }

  return {
    start: () => {
      started = true
      unsubscribe = site.changes.subscribe(poke)
      void pass()
    },
    look,
    stop: async () => {
      stopping.abort()
      unsubscribe()
      cancel()
      await Promise.all(running.values())
    },
  }
}

// -- internals

const PAGE = 100

const SOON_MS = 50

const LOOK_AGAIN_MS = 1_000

const AT_ONCE = 50

const MOST_ATTEMPTS = 12

// Whoever asks for more than this is asked again all the same.
const LONGEST_PATIENCE_MS = 3_600_000

/** Behind which place that is stored for a subscription there is nothing of interest, and up to where. */
type Passed = Map<
  string,
  { readonly stored: string | undefined; readonly seen: string | undefined }
>

/** What became of one event. */
type Taken =
  | { readonly _tag: 'Taken' }
  | { readonly _tag: 'CalledOff' }
  | {
      readonly _tag: 'Refused'
      readonly error: string
      readonly final: boolean
      readonly afterMs?: number | undefined
    }

const deliver = async (
  {
    site,
    subscriptions,
    readerOf,
    clock,
    dial,
    reach,
    owner,
    leaseMs,
    backoff,
    log,
  }: DeliveriesOptions,
  subscription: Subscription,
  passed: Passed,
  signal: AbortSignal,
): Promise<void> => {
  const { id, url, secret, filter } = subscription
  const free = await subscriptions.delivery(id)
  if (E.isLeft(free) || free.right === undefined || !isDue(free.right, owner, clock.now())) return
  const timeoutMs = Math.floor(leaseMs * 0.8)
  const send = createWebhookSender({
    clock,
    dial,
    url,
    secrets: [secret],
    reach,
    timeoutMs,
  })
  let read: ReadDelivery = free.right
  const write = async (
    next: Delivery,
    note?: Parameters<Subscriptions['advance']>[3],
  ): Promise<boolean> => {
    const written = await subscriptions.advance(id, read, next, note)
    if (E.isRight(written)) read = written.right
    return E.isRight(written)
  }
  const hold = { type: 'subscription.hold', by: selfOf(subscription) }
  let reader: Principal | undefined
  let asked = -Infinity
  // Undefined when nothing may be sent now; whoever is gone is found out within a moment.
  const present = async (): Promise<Principal | undefined> => {
    if (clock.now() - asked < RECALL_MS) return reader
    const found = await readerOf(subscription)
    if (E.isLeft(found)) return undefined
    asked = clock.now()
    reader = found.right
    if (reader === undefined)
      await write({ ...restOf(read.delivery), held: true, error: GONE }, hold)
    return reader
  }
  for (let more = true; more && !signal.aborted;) {
    const by = await present()
    if (by === undefined) return
    const stored = read.delivery.cursor
    const before = passed.get(id)
    const after = before !== undefined && before.stored === stored ? before.seen : stored
    const stretch = await readJournal(site, by, filter, { after, limit: AT_ONCE })
    if (E.isLeft(stretch)) return
    more = stretch.right.more
    const { entries, cursor } = stretch.right
    if (entries.length === 0) {
      passed.set(id, { stored, seen: cursor })
      // What was passed over is kept now and then, and who has nothing to send needs no lease.
      if (more && !(await write({ ...restOf(read.delivery), ...placeOf(cursor) }))) return
      continue
    }
    for (const entry of entries) {
      if ((await present()) === undefined) return
      if (!holds(read.delivery, owner, clock.now() + timeoutMs)) {
        const leased = { ...read.delivery, owner, until: clock.now() + leaseMs }
        if (!(await write(leased))) return
      }
      const taken = await sendOne(send, entry, { url, now: clock.now, timeoutMs, signal })
      if (taken._tag === 'CalledOff') break
      if (taken._tag === 'Refused') {
        const attempts = read.delivery.attempts + 1
        const held = taken.final || attempts >= MOST_ATTEMPTS
        const { error } = taken
        const waitMs = Math.min(
          Math.max(taken.afterMs ?? 0, backoff(attempts)),
          LONGEST_PATIENCE_MS,
        )
        log('warn', held ? 'delivery.held' : 'delivery.failed', {
          subscription: id,
          error,
          attempts,
        })
        await write(
          { ...restOf(read.delivery), held, attempts, notBefore: clock.now() + waitMs, error },
          held ? hold : undefined,
        )
        return
      }
      const lease = { owner, until: clock.now() + leaseMs }
      const next = { held: false, attempts: 0, notBefore: 0, cursor: entry.cursor, ...lease }
      if (!(await write(next))) return
    }
  }
  // The next host need not wait for the lease to end.
  if (read.delivery.owner === owner) await write(restOf(read.delivery))
}

const GONE = 'its maker is gone, or is no admin any more'

// Nobody has asked for what a subscription comes to by itself.
const selfOf = ({ id }: Subscription): Principal => ({
  id,
  provider: SIGNALBOX,
  roles: ['viewer'],
  tenants: [],
})

const placeOf = (cursor: string | undefined): Pick<Delivery, 'cursor'> =>
  cursor === undefined ? {} : { cursor }

// Without a lease.
const restOf = ({ owner: _owner, until: _until, ...rest }: Delivery): Delivery => rest

const holds = ({ owner, until = 0 }: Delivery, by: string, at: number): boolean =>
  owner === by && until > at

const isDue = ({ delivery }: ReadDelivery, owner: string, now: number): boolean =>
  !delivery.held &&
  delivery.notBefore <= now &&
  (delivery.owner === undefined || delivery.owner === owner || (delivery.until ?? 0) <= now)

const sendOne = async (
  send: WebhookSender,
  entry: Stretch['entries'][number],
  {
    url,
    now,
    timeoutMs,
    signal,
  }: {
    readonly url: string
    readonly now: () => number
    readonly timeoutMs: number
    readonly signal: AbortSignal
  },
): Promise<Taken> => {
  const { host } = new URL(url)
  const sent = await send({ id: entry.id, body: JSON.stringify(eventOf(entry)) }, signal)
  if (signal.aborted) return { _tag: 'CalledOff' }
  const refused = (error: string, final = false): Taken => ({ _tag: 'Refused', error, final })
  switch (sent._tag) {
    case 'Refused':
      return refused(`${host} may not be reached`, true)
    case 'TooLarge':
      return refused(`the answer of ${host} is too large`)
    case 'Late':
      return refused(`no answer of ${host} within ${timeoutMs} ms`)
    case 'Unreachable':
      return refused(`no answer of ${host}: ${sent.message}`)
    case 'Answered': {
      const { status, headers } = sent
      if (status >= 200 && status < 300) return { _tag: 'Taken' }
      if (status === 410) return refused(`${host} answered 410`, true)
      const afterMs = retryAfterMs(headers['retry-after'], now())
      return { _tag: 'Refused', error: `${host} answered ${status}`, final: false, afterMs }
    }
  }
}
