import type { Effect, Json } from '@signalbox/core'
import type { DesiredStatus, Kind, Status } from '@signalbox/core/zosconnect'
import { createUpstream, notDone, upstreamSettings } from '@signalbox/host'
import type { Performance, Tools, UpstreamAnswer } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { toBase64 } from './base64.ts'
import { collectionOf, namedBy } from './collections.ts'
import type { Remote } from './remote.ts'

/** Another server of this administration interface, which everything installed here is started and stopped on. */
export const UpstreamSettings = upstreamSettings(
  {},
  {
    user: t.string,
    password: t.string,
    /** `action` for a server of the first level, which knows services only and no `?status=`; `status` unless said. */
    verbs: t.keyof({ status: null, action: null }, '"status" or "action"'),
  },
)
export type UpstreamSettings = t.TypeOf<typeof UpstreamSettings>

/**
 * Makes the remote that forwards starts and stops to an upstream, by the same names. What is as it should be there is left alone,
 * and after an answer that leaves it open a read tells.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html
 */
export const createUpstreamRemote = (
  settings: UpstreamSettings,
  { dial, clock }: Pick<Tools<unknown>, 'dial' | 'clock'>,
): Remote => {
  const { user, password = '', verbs = 'status' } = settings
  const credentials = toBase64(new TextEncoder().encode(`${user ?? ''}:${password}`))
  const headers = user === undefined ? {} : { authorization: `Basic ${credentials}` }
  const secrets = [password, credentials]
  const upstream = createUpstream({ settings, dial, clock, words: wordsIn, secrets })

  const look = async (artefact: Artefact, signal: AbortSignal): Promise<Looked> => {
    const query = artefact.kind === 'service' ? '?action=status' : ''
    const path = `${pathOf(artefact)}${query}`
    const answer = await upstream.send({ method: 'GET', path, headers, signal })
    return answer._tag === 'Done' ? E.right(statusIn(answer.body)) : E.left(answer)
  }

  const move = (artefact: Artefact, to: Verb, signal: AbortSignal): Promise<UpstreamAnswer> => {
    const query = verbs === 'action' ? `action=${to}` : `status=${WANTED[to]}`
    const path = `${pathOf(artefact)}?${query}`
    return upstream.send({ method: 'PUT', path, headers, signal })
  }

  const moving = (to: Verb) =>
    upstream.driver(3, async (effect: Effect, { signal }): Promise<Performance> => {
      const artefact = namedBy(effect)
      const before = await look(artefact, signal)
      if (E.isLeft(before)) return without(to, before.left, 'unknown')
      if (before.right === WANTED[to]) return reached(before.right)
      const answer = await move(artefact, to, signal)
      if (answer._tag === 'Done') return reached(statusIn(answer.body))
      if (answer._tag === 'Unclear' && answer.sent) {
        const after = await look(artefact, signal)
        if (E.isRight(after) && after.right === WANTED[to]) return reached(after.right)
      }
      return without(to, answer, before.right)
    })

  return {
    start: moving('start'),
    stop: moving('stop'),
    status: async (artefact) =>
      E.getOrElse((): Status => 'unknown')(await look(artefact, NEVER.signal)),
  }
}

// -- internals

type Verb = 'start' | 'stop'
type Artefact = { readonly kind: Kind; readonly name: string }
type Lacking = Exclude<UpstreamAnswer, { readonly _tag: 'Done' }>
type Looked = E.Either<Lacking, Status>

const WANTED: Readonly<Record<Verb, DesiredStatus>> = { start: 'started', stop: 'stopped' }

const NEVER = new AbortController()

const pathOf = ({ kind, name }: Artefact): string =>
  `${collectionOf(kind).path}/${encodeURIComponent(name)}`

const reached = (status: Status): Performance => ({ kind: 'done', result: { status } })

// What it refuses is answered with its own code, as a provider of this process would be.
const without = (operation: Verb, answer: Lacking, status: Status): Performance =>
  answer._tag === 'Refused'
    ? {
        kind: 'failed',
        message: answer.message,
        result: { operation, code: codeOf(answer.status), status },
      }
    : notDone(answer)

const codeOf = (status: number): number => (status >= 400 && status <= 599 ? status : 502)

const Shown = t.union([
  t.type({ zosConnect: t.type({ serviceStatus: t.string }) }),
  t.type({ status: t.string }),
])

const statusIn = (body: Json | undefined): Status => {
  if (!Shown.is(body)) return 'unknown'
  const word = 'zosConnect' in body ? body.zosConnect.serviceStatus : body.status
  return STATUSES.get(word) ?? 'unknown'
}

const STATUSES: ReadonlyMap<string, Status> = new Map([
  ['Started', 'started'],
  ['Stopped', 'stopped'],
])

const Errors = t.intersection([
  t.type({ errorMessage: t.string }),
  t.partial({ errorDetails: t.string }),
])

const wordsIn = (body: Json | undefined): string | undefined => {
  if (!Errors.is(body)) return undefined
  const { errorMessage, errorDetails } = body
  return unescaped(errorDetails === undefined ? errorMessage : `${errorMessage} ${errorDetails}`)
}

// They are escaped for pages, and will be again.
const unescaped = (text: string): string =>
  text.replace(/&(lt|gt|quot|#39|amp);/g, (entity, name: string) => ENTITIES.get(name) ?? entity)

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['#39', "'"],
  ['amp', '&'],
])
