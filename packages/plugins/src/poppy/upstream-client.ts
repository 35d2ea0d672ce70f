import { wholeNumber } from '@signalbox/core'
import type { Effect, Json, ServiceRef } from '@signalbox/core'
import type { ServiceConfig } from '@signalbox/core/poppy'
import { createUpstream, notDone, upstreamSettings } from '@signalbox/host'
import type { Attempt, Driver, Performance, Tools, UpstreamAnswer } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { MOUNT } from './locate.ts'
import { hasConfig, ShownService, ShownServices } from './upstream-shape.ts'
import { createTokens, Login } from './upstream-token.ts'

/** Another server of this API, on which every service is created, changed, purged and deleted. */
export const UpstreamSettings = upstreamSettings(
  {},
  {
    /** Either a token that lasts, or whom to log in as. */
    token: t.string,
    login: Login,
    /** What projects are called there, by their names here; those that are not named have the same. */
    projects: t.record(t.string, t.string),
    /** How long is waited between two looks at work that goes on there, in ms; 1,000 unless said. */
    pollMs: wholeNumber({ least: 1, most: 3_600_000, what: 'a number of milliseconds' }),
  },
)
export type UpstreamSettings = t.TypeOf<typeof UpstreamSettings>

/** One attempt at an effect. */
export interface Run extends Attempt {
  readonly ref: ServiceRef
  /** The id of the effect. */
  readonly effect: string
}

/** Any answer that is no success. */
export type Lacking = Exclude<UpstreamAnswer, { readonly _tag: 'Done' }>

/** The calls of an upstream, in the project of the attempt. */
export interface UpstreamClient {
  readonly send: (run: Run, method: string, path: string, body?: Json) => Promise<UpstreamAnswer>
  /** A service by its id there; undefined when it is not there. */
  readonly look: (run: Run, id: string) => Promise<E.Either<Lacking, ShownService | undefined>>
  /** A service that is as one here is to be, other than those that are known to be others. */
  readonly find: (
    run: Run,
    config: ServiceConfig,
    others: ReadonlySet<string>,
  ) => Promise<E.Either<Lacking, ShownService | undefined>>
  readonly projectOf: (ref: ServiceRef) => string
  /** Says that work goes on there, and is to be looked at again. */
  readonly waiting: Performance
  /** As `notDone`, with the bound of attempts: for what has not been taken on there. */
  readonly unless: (run: Run, answer: Lacking) => Performance
  readonly driver: (work: (run: Run, effect: Effect) => Promise<Performance>) => Driver
}

/** Makes the calls of an upstream. @see https://github.com/openstack-archive/poppy */
export const createUpstreamClient = (
  settings: UpstreamSettings,
  { dial, clock }: Pick<Tools<unknown>, 'dial' | 'clock'>,
): UpstreamClient => {
  const { projects = {}, pollMs = 1_000, attempts = 20 } = settings
  const tokens = createTokens(settings, { dial, clock })
  const { secrets } = tokens
  const upstream = createUpstream({ settings, dial, clock, words: wordsIn, secrets })

  const projectOf = ({ tenant }: ServiceRef): string =>
    (Object.hasOwn(projects, tenant) ? projects[tenant] : undefined) ?? tenant

  const send: UpstreamClient['send'] = ({ ref, signal }, method, path, body) =>
    tokens.using(signal, (token) =>
      upstream.send({
        method,
        path: `${MOUNT}/${encodeURIComponent(projectOf(ref))}${path}`,
        headers: { 'x-auth-token': token },
        signal,
        ...(body !== undefined && { body }),
      }),
    )

  return {
    send,
    look: async (run, id) => {
      const answer = await send(run, 'GET', servicePath(id))
      if (answer._tag === 'Refused' && answer.status === 404) return E.right(undefined)
      if (answer._tag !== 'Done') return E.left(answer)
      return ShownService.is(answer.body) ? E.right(answer.body) : E.left(UNREADABLE)
    },
    find: async (run, config, others) => {
      let marker = ''
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const answer = await send(run, 'GET', `/services?limit=${PAGE}${marker}`)
        if (answer._tag !== 'Done') return E.left(answer)
        if (!ShownServices.is(answer.body)) return E.left(UNREADABLE)
        const { services } = answer.body
        const found = services.find((shown) => !others.has(shown.id) && hasConfig(shown, config))
        const last = services.at(-1)
        if (found !== undefined || services.length < PAGE || last === undefined)
          return E.right(found)
        marker = `&marker=${encodeURIComponent(last.id)}`
      }
      return E.left({
        ...UNREADABLE,
        message: 'the upstream has too many services to look for one',
      })
    },
    projectOf,
    waiting: { kind: 'accepted', withinMs: pollMs },
    unless: ({ attempt }, answer) =>
      answer._tag === 'Unclear' && attempt >= attempts
        ? { kind: 'exhausted', message: answer.message }
        : notDone(answer),
    driver: (work) => ({
      ...upstream.driver(MOST_REQUESTS, (effect, { attempt, signal }) =>
        work({ ref: effect.ref, effect: effect.id, attempt, signal }, effect),
      ),
      // Looks count as attempts, and there may be any number of them.
      attempts: Number.MAX_SAFE_INTEGER,
    }),
  }
}

/** Where a service is below its project. */
export const servicePath = (id: string): string => `/services/${encodeURIComponent(id)}`

/** What cannot be made sense of tells nothing. */
export const UNREADABLE: Lacking = {
  _tag: 'Unclear',
  message: 'the answer of the upstream cannot be understood',
  sent: true,
}

/** What an attempt comes to that its own store lets down. */
export const STORE_AWAY: Lacking = {
  _tag: 'Unclear',
  message: 'the store did not answer',
  sent: false,
}

/** Decodes what an effect asks for. */
export const decoded = <Params>(
  decode: t.Decode<unknown, Params>,
  { type, params }: Effect,
): Params => {
  const held = decode(params)
  // The core has made the effect by the same codec: anything else is a defect, and the host reports what is thrown.
  if (E.isLeft(held)) throw new Error(`an effect without the params of ${type}`)
  return held.right
}

// -- internals

const PAGE = 20
const MOST_PAGES = 50
// Each may need a login, and be sent again after it.
const MOST_REQUESTS = 3 * (MOST_PAGES + 5)

const Message = t.type({ message: t.string })

const Violations = t.type({
  message: t.type({ errors: t.readonlyArray(t.type({ message: t.string })) }),
})

const wordsIn = (body: Json | undefined): string | undefined => {
  if (Message.is(body)) return body.message
  return Violations.is(body)
    ? body.message.errors.map(({ message }) => message).join('; ')
    : undefined
}
