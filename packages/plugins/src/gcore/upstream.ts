import type { Effect, Json, Lifecycle } from '@signalbox/core'
import { ServiceWork, UseWork } from '@signalbox/core/gcore'
import type { ServiceStatus } from '@signalbox/core/gcore'
import { createUpstream, notDone, upstreamSettings } from '@signalbox/host'
import type { Driver, Performance, Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** Another server of this API, which the status of every service is requested of too. */
export const UpstreamSettings = upstreamSettings(
  { apiKey: t.string },
  {
    /** What clients are called there, by their ids here; those that are not named have the same. */
    clients: t.record(t.string, t.Integer),
  },
)
export type UpstreamSettings = t.TypeOf<typeof UpstreamSettings>

/**
 * Makes the driver that requests of an upstream what an effect asks for. The service is found by its client and its product. One
 * that is as asked, or as it is to be by now, is left alone, and after an answer that leaves it open a read tells.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const upstreamDriver = (
  settings: UpstreamSettings,
  {
    dial,
    clock,
    services,
    lifecycle,
  }: Pick<Tools<unknown>, 'dial' | 'clock' | 'services'> & { readonly lifecycle: Lifecycle },
): Driver => {
  const { apiKey, clients = {} } = settings
  const upstream = createUpstream({ settings, dial, clock, words: wordsIn, secrets: [apiKey] })
  const headers = { authorization: `APIKey ${apiKey}` }

  const look = async (
    { product, client }: ServiceWork,
    signal: AbortSignal,
  ): Promise<E.Either<Performance, Found>> => {
    const there = Object.hasOwn(clients, client) ? clients[client] : client
    const path = `/iam/clients/${there}/services`
    const answer = await upstream.send({ method: 'GET', path, headers, signal })
    if (answer._tag !== 'Done') return E.left(notDone(answer))
    const found = Services.is(answer.body)
      ? answer.body.find(({ name }) => name === product)
      : undefined
    return found === undefined
      ? E.left(failed(`the upstream has no ${product} of client ${there}`))
      : E.right({ path: `${path}/${found.id}`, status: found.status })
  }

  return upstream.driver(3, async (effect, { signal }) => {
    const state = await services.load(lifecycle, effect.ref)()
    if (E.isLeft(state)) return { ...failed('the service cannot be read'), retry: true }
    const present = state.right?.status
    const { work, status } = askedBy(effect, present)
    const before = await look(work, signal)
    if (E.isLeft(before)) return before.left
    if (amounts(before.right.status, status) || amounts(before.right.status, present)) return DONE
    const answer = await upstream.send({
      method: 'PUT',
      path: before.right.path,
      headers,
      body: { status },
      signal,
    })
    if (answer._tag === 'Done') return DONE
    if (answer._tag === 'Unclear' && answer.sent) {
      const after = await look(work, signal)
      if (E.isRight(after) && amounts(after.right.status, status)) return DONE
    }
    return notDone(answer)
  })
}

// -- internals

interface Found {
  readonly path: string
  readonly status: string
}

const DONE: Performance = { kind: 'done' }

const failed = (message: string) => ({ kind: 'failed', message }) as const

const Services = t.readonlyArray(t.type({ id: t.Integer, name: t.string, status: t.string }))

// A service that is being activated is on its way to what `active` asks for.
const amounts = (status: string, wanted: string | undefined): boolean =>
  status === wanted ||
  (status === 'activating' && wanted === 'active') ||
  (status === 'active' && wanted === 'activating')

const askedBy = (
  { type, params }: Effect,
  present: string | undefined,
): { readonly work: ServiceWork; readonly status: ServiceStatus } => {
  if (UseWork.is(params))
    return { work: params, status: params.plan === 'trial' ? 'trial' : 'active' }
  // The core has made the effect by this codec: anything else is a defect, and the host reports what is thrown.
  if (!ServiceWork.is(params)) throw new Error('an effect without its work')
  if (type === 'wipe') return { work: params, status: 'deleted' }
  return { work: params, status: present === 'trialend' ? 'trialend' : 'paused' }
}

const Errors = t.union([
  t.type({ message: t.string }),
  t.type({ errors: t.record(t.string, t.union([t.string, t.readonlyArray(t.string)])) }),
])

const wordsIn = (body: Json | undefined): string | undefined => {
  if (!Errors.is(body)) return undefined
  if ('message' in body) return body.message
  return Object.entries(body.errors)
    .map(([field, texts]) => `${field}: ${[texts].flat().join(' ')}`)
    .join('; ')
}
