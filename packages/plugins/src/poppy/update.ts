import type { ServiceRef, State } from '@signalbox/core'
import { documentOf, validateUpdate } from '@signalbox/core/poppy'
import type { ServiceConfig } from '@signalbox/core/poppy'
import { command } from '@signalbox/host'
import type { Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { answers } from './answers.ts'
import { flavorIdOf, readFlavor } from './flavors.ts'
import { MOUNT } from './locate.ts'
import { patch } from './patch.ts'
import { isLostPlace, labelsOf, preparePlaces } from './placement.ts'
import type { Place } from './placement.ts'
import { contextOf } from './render.ts'
import { accepted, invalid, message, notAList } from './replies.ts'
import { locateService, ServiceId, serviceUrl } from './service-id.ts'
import type { Site } from './site.ts'

/**
 * The route that changes a service by a JSON Patch. What the patch makes of the service is seen when the service is at
 * hand, so that nothing comes between; what has to be looked up for that is looked up before.
 *
 * @see https://docs.rackspace.com/docs/cdn/v1/api-reference/cdn-services-operations
 */
export const updateRoute = (site: Site): Route =>
  command<ServiceId, undefined, unknown, ServiceRef, Prepared>({
    name: 'updateService',
    summary: 'Changes a service by a JSON Patch',
    method: 'PATCH',
    path: `${MOUNT}/services/:id`,
    lifecycle: site.lifecycle,
    commands: ['service.update'],
    params: ServiceId,
    body: { kind: 'json', codec: t.unknown },
    sight: async (request) => locateService(request),
    prepare: async (request) => {
      const { body, sight: ref } = request
      if (!Array.isArray(body)) return E.left(notAList(body))
      const operations: ReadonlyArray<unknown> = body
      const state = await site.services.load(site.lifecycle, ref)()
      if (E.isLeft(state)) return E.left(answers.refuse(request, state.left))
      const guess = guessOf(state.right, operations)
      const known = new Map<string, boolean>()
      for (const id of guess.flavors) {
        const flavor = await readFlavor(site.services, id)
        if (E.isLeft(flavor)) return E.left(answers.refuse(request, flavor.left))
        known.set(id, flavor.right !== undefined)
      }
      const flavorExists = (id: string): boolean => known.get(id) === true
      const place = await preparePlaces(site, ref, guess.labels(flavorExists))
      if (E.isLeft(place)) return E.left(answers.refuse(request, place.left))
      return E.right({ operations, flavorExists, place: place.right })
    },
    ref: ({ sight }) => sight,
    submit: ({ params, prepared }, state) => {
      if (state === undefined) return E.left(message(404, 'Service not found'))
      if (!contextOf(state).enabled) return E.left(message(400, `Service ${params.id} is disabled`))
      if (!isSettled(state))
        return E.left(message(400, `Service ${params.id} neither deployed nor failed`))
      return E.map((config: ServiceConfig) => ({ events: [{ type: 'service.update', config }] }))(
        change(state, prepared),
      )
    },
    repeat: (_, failure) => isLostPlace(failure, site.settings),
    reply: (request, { state }) => accepted(202, serviceUrl(request, state.ref, site.settings)),
  })

// -- internals

interface Prepared {
  readonly operations: ReadonlyArray<unknown>
  readonly flavorExists: (id: string) => boolean
  readonly place: Place
}

const isSettled = ({ labels }: State): boolean =>
  labels['lifecycle'] === 'deployed' || labels['lifecycle'] === 'failed'

const change = (
  state: State,
  { operations, flavorExists, place }: Prepared,
): E.Either<Reply, ServiceConfig> => {
  const { config } = contextOf(state)
  const patched = patch(documentOf(config, state.ref.tenant), operations)
  if (E.isLeft(patched)) return E.left(message(400, patched.left))
  const valid = validateUpdate(patched.right, { flavorExists })
  if (E.isLeft(valid)) return E.left(invalid(valid.left))
  return E.mapLeft(invalid)(place(valid.right, config))
}

interface Guess {
  readonly flavors: ReadonlyArray<string>
  readonly labels: (flavorExists: (id: string) => boolean) => ReadonlyArray<string>
}

// What has to be looked up if the service stays as it is until the patch is applied.
const guessOf = (state: State | undefined, operations: ReadonlyArray<unknown>): Guess => {
  if (state === undefined || !isSettled(state)) return NOTHING
  const { config } = contextOf(state)
  const patched = patch(documentOf(config, state.ref.tenant), operations)
  if (E.isLeft(patched)) return NOTHING
  return {
    flavors: [...new Set([config.flavor_id, flavorIdOf(patched.right)])],
    labels: (flavorExists) => {
      const valid = validateUpdate(patched.right, { flavorExists })
      return E.isLeft(valid) ? [] : labelsOf(valid.right)
    },
  }
}

const NOTHING: Guess = { flavors: [], labels: () => [] }
