import { Actor, JsonObject, Reason, refKey } from '@signalbox/core'
import type { JournalEntry, ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Failure } from '../failure.ts'
import { seesTenant } from '../principal.ts'
import type { Principal } from '../principal.ts'
import { timestamp } from './fields.ts'
import { seesProvider, SIGNALBOX } from './role.ts'
import { serviceHref } from './services.ts'
import type { Site } from './site.ts'

/** What a reader of the journal wants of it. */
export interface JournalFilter {
  readonly ref?: ServiceRef
  readonly provider?: string
  readonly tenant?: string
  readonly service?: string
  readonly type?: string
  readonly outcome?: string
}

/** Entries that one may see and wants, and the place behind the last one that was looked at. */
export interface Stretch {
  readonly entries: ReadonlyArray<JournalEntry & { readonly cursor: string }>
  readonly cursor: string | undefined
  /** True when there is more to look at now. */
  readonly more: boolean
}

/** Reads on from a place until so many entries are found, the journal ends, or enough was looked at for one question. */
export const readJournal = async (
  { store }: Pick<Site, 'store'>,
  principal: Principal,
  { ref, provider, tenant, service, type, outcome }: JournalFilter,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<E.Either<Failure, Stretch>> => {
  const wanted = (entry: JournalEntry): boolean =>
    seesProvider(principal, entry.ref.provider) &&
    seesWhere(principal, entry.ref) &&
    (service === undefined || entry.ref.id === service) &&
    (type === undefined || entry.type === type) &&
    (outcome === undefined || entry.outcome === outcome)
  const found: Array<Stretch['entries'][number]> = []
  let cursor = after
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const page = await ask(
      store.journal({
        limit: LOOK,
        ...(cursor !== undefined && { after: cursor }),
        ...(ref !== undefined && { ref }),
        ...(provider !== undefined && { provider }),
        ...(tenant !== undefined && { tenant }),
      }),
    )
    if (E.isLeft(page)) return page
    found.push(...page.right.entries.filter(wanted))
    const entries = found.slice(0, limit)
    if (found.length > limit)
      return E.right({ entries, cursor: entries.at(-1)?.cursor, more: true })
    cursor = page.right.cursor
    if (!page.right.more) return E.right({ entries, cursor, more: false })
  }
  return E.right({ entries: found, cursor, more: true })
}

/** A line of the journal, as history and events show it. */
export const JournalLine = t.intersection(
  [
    t.strict({
      id: t.string,
      at: t.string,
      kind: t.string,
      type: t.string,
      outcome: t.string,
      from: t.union([t.string, t.null]),
      to: t.union([t.string, t.null]),
      revision: t.number,
      generation: t.number,
    }),
    t.partial({
      actor: Actor,
      request: t.string,
      effect: t.string,
      effects: t.readonlyArray(t.string),
      reasons: t.readonlyArray(Reason),
      detail: JsonObject,
    }),
  ],
  'JournalLine',
)
export type JournalLine = t.TypeOf<typeof JournalLine>

/** Shows a line. */
export const lineView = ({
  ref: _ref,
  at,
  cursor: _cursor,
  ...line
}: Stretch['entries'][number]): JournalLine => ({ ...line, at: timestamp(at) })

/** A line of the journal as an event. @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export const CloudEvent = t.strict(
  {
    specversion: t.literal('1.0'),
    id: t.string,
    source: t.string,
    type: t.string,
    subject: t.string,
    time: t.string,
    datacontenttype: t.literal('application/json'),
    sequence: t.string,
    data: t.intersection([
      t.strict({ provider: t.string, tenant: t.string, service: t.string }),
      JournalLine,
    ]),
  },
  'CloudEvent',
)
export type CloudEvent = t.TypeOf<typeof CloudEvent>

/** Makes the event of a line; `sequence` is the place behind it. */
export const eventOf = (entry: Stretch['entries'][number]): CloudEvent => {
  const { id, ref, at, kind, type, cursor } = entry
  return {
    specversion: '1.0',
    id,
    source: serviceHref(entry),
    type: `signalbox.${kind}.${type}`,
    subject: refKey(ref),
    time: timestamp(at),
    datacontenttype: 'application/json',
    sequence: cursor,
    data: { provider: ref.provider, tenant: ref.tenant, service: ref.id, ...lineView(entry) },
  }
}

// -- internals

// What is done to tokens and subscriptions belongs to no tenant.
const seesWhere = (principal: Principal, { provider, tenant }: ServiceRef): boolean =>
  provider === SIGNALBOX ? principal.tenants === '*' : seesTenant(principal, tenant)

// A filter that nothing passes must not hold up a request for as long as the journal is.
const MOST_LOOKS = 20

const LOOK = 500
