import { parseServiceId, SetStatus, textOf } from '@signalbox/core/poppy'
import type { PoppyError } from '@signalbox/core/poppy'
import type { Generic, GenericRequest, GenericRule, Obstacle } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { prepareCreation } from './creation.ts'
import type { Obstacle as CreationObstacle } from './creation.ts'
import { readFlavor } from './flavors.ts'
import { MOUNT } from './locate.ts'
import { isLostPlace } from './placement.ts'
import { contextOf } from './render.ts'
import type { Site } from './site.ts'

/**
 * How services of Poppy are served to callers of other tongues. A creation is the body of `POST /services` beside its type;
 * what a JSON Patch or an address at the edge says is for the vendor's own routes.
 */
export const genericOf = (site: Site): Generic => ({
  lifecycle: site.lifecycle,
  commands: {
    'service.create': {
      payload: t.UnknownRecord,
      examples: [],
      prepare: (request) => creationOf(request, site),
      repeat: (failure) => isLostPlace(failure, site.settings),
    },
    'service.setStatus': {
      payload: t.strict({ status: SetStatus.type.props.status }),
      examples: [
        { type: 'service.setStatus', status: 'deployed' },
        { type: 'service.setStatus', status: 'failed' },
      ],
      prepare: (request) => statusOf(request, site),
    },
    'service.purge': {},
    'service.delete': {},
    'service.disable': {},
    'service.enable': {},
  },
})

/** The path by which a project's client calls a route for one of its services. */
export const pathOf = (
  path: string,
  { tenant, id }: { readonly tenant: string; readonly id: string },
): string =>
  path
    .replace(MOUNT, `${MOUNT}/${encodeURIComponent(tenant)}`)
    .replace(':id', encodeURIComponent(id))
