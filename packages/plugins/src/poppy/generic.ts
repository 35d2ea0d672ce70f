import type { ServiceRef } from '@signalbox/core'
import { parseServiceId, renderViolation, textOf } from '@signalbox/core/poppy'
import type { PoppyError } from '@signalbox/core/poppy'
import type { Generic, GenericRequest, GenericRule, Obstacle } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { prepareCreation } from './creation.ts'
import { readFlavor, unknownFlavor } from './flavors.ts'
import { isProject, MOUNT } from './locate.ts'
import { isLostPlace } from './placement.ts'
import { contextOf } from './render.ts'
import type { Site } from './site.ts'

/**
 * How services of Poppy are served to the control plane. A creation is the body of `POST /services` beside its type; what a
 * JSON Patch or an address at the edge says is for the vendor's own routes.
 */
export const genericOf = (site: Site): Generic => ({
  lifecycle: site.lifecycle,
  commands: {
    'service.create': {
      payload: t.UnknownRecord,
      prepare: (request) => creationOf(request, site),
      repeat: (failure) => isLostPlace(failure, site.settings),
    },
    'service.setStatus': {
      payload: t.strict({ status: t.keyof({ deployed: null, failed: null }) }),
      examples: [
        { type: 'service.setStatus', status: 'deployed' },
        { type: 'service.setStatus', status: 'failed' },
      ],
      prepare: (request) => overrideOf(request, site),
    },
    'service.delete': {},
    'service.disable': {},
    'service.enable': {},
  },
  fitting: {
    'service.setOperatorUrl': (state) =>
      contextOf(state).accessUrls.map(({ domain, operatorUrl }) => ({
        type: 'service.setOperatorUrl',
        domain,
        operatorUrl,
      })),
  },
})

/** The path at which a project's client finds what a route says of one of its services. */
export const pathOf = (path: string, { tenant, id }: ServiceRef): string =>
  path
    .replace(MOUNT, `${MOUNT}/${encodeURIComponent(tenant)}`)
    .replace(':id', encodeURIComponent(id))

// -- internals

const creationOf = async (
  { ref, event }: GenericRequest,
  site: Site,
): Promise<E.Either<Obstacle, GenericRule>> => {
  const body = Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'type'))
  const id = parseServiceId(ref.id)
  if (E.isLeft(id) || id.right !== ref.id || !isProject(ref.tenant))
    return invalid('the id of a service must be a UUID in lower case, and its tenant a project')
  const creation = await prepareCreation(body, ref, site)
  if (E.isRight(creation)) return E.right(() => E.right(creation.right.submission))
  const { left } = creation
  return left._tag === 'Failed' ? E.left(left) : E.left(obstacleOf(left.error))
}

const overrideOf = async (
  { ref, event }: GenericRequest,
  { services, lifecycle }: Site,
): Promise<E.Either<Obstacle, GenericRule>> => {
  const state = await services.load(lifecycle, ref)()
  if (E.isLeft(state)) return E.left({ _tag: 'Failed', failure: state.left })
  const id = state.right === undefined ? '' : contextOf(state.right).config.flavor_id
  const flavor = await readFlavor(services, id)
  if (E.isLeft(flavor)) return E.left({ _tag: 'Failed', failure: flavor.left })
  const flavorExists = flavor.right !== undefined
  return E.right((present) =>
    present !== undefined && contextOf(present).config.flavor_id !== id
      ? E.left({ _tag: 'Against', reasons: [{ words: unknownFlavor(id) }] })
      : E.right({ events: [{ ...event, flavorExists }] }),
  )
}

const obstacleOf = (error: PoppyError): Obstacle =>
  error._tag === 'SchemaViolated'
    ? {
        _tag: 'Invalid',
        errors: error.violations.map((violation) => ({
          pointer: violation.path.map(partOf).join(''),
          rule: renderViolation(violation),
        })),
      }
    : { _tag: 'Invalid', errors: [{ pointer: '', rule: String(textOf(error)) }] }

const partOf = (part: string | number): string =>
  `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`

const invalid = (rule: string): E.Either<Obstacle, never> =>
  E.left({ _tag: 'Invalid', errors: [{ pointer: '', rule }] })
