import type { ServiceRef } from '@signalbox/core'
import { contextOf } from '@signalbox/core/gcore'
import type {
  Generic,
  GenericCommand,
  GenericRequest,
  GenericRule,
  Obstacle,
} from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { offeredTo } from './availability.ts'
import type { RouteParts } from './parts.ts'

/**
 * How services of Gcore are served to the control plane: its admins are the vendor's, everybody else there is a reseller.
 * Options are written by the vendor's own routes.
 */
export const genericOf = (parts: Pick<RouteParts, 'lifecycle' | 'directory'>): Generic => {
  const use: GenericCommand = { ...bare, prepare: (request) => useOf(request, parts) }
  const plain: GenericCommand = bare
  return {
    lifecycle: parts.lifecycle,
    roles: ({ roles }) => (roles.includes('admin') ? ['admin'] : ['reseller']),
    commands: {
      'trial.start': { ...use, examples: [{ type: 'trial.start' }] },
      'trial.end': plain,
      'service.activate': { ...use, examples: [{ type: 'service.activate' }] },
      'service.pause': plain,
      'service.delete': plain,
    },
  }
}

/** The path at which a client's service is found, by the route that a path belongs to. */
export const pathOf = (path: string, { tenant, id }: ServiceRef): string =>
  path.replace(/:clientId\{[^}]*\}\}?/, tenant).replace(/:serviceId\{[^}]*\}\}?/, id)

// -- internals

// The ledger may be written by another change in between.
const bare: GenericCommand = {
  payload: t.strict({}),
  repeat: ({ _tag }) => _tag === 'DocumentConflict',
}

const useOf = async (
  { ref, event }: GenericRequest,
  { directory }: Pick<RouteParts, 'directory'>,
): Promise<E.Either<Obstacle, GenericRule>> => {
  const client = await directory.find(Number(ref.tenant))()
  if (E.isLeft(client)) return E.left({ _tag: 'Failed', failure: client.left })
  if (client.right === undefined)
    return E.left({ _tag: 'Failed', failure: { _tag: 'NotFound', ref } })
  const defaults = await directory.defaults(client.right.reseller)()
  if (E.isLeft(defaults)) return E.left({ _tag: 'Failed', failure: defaults.left })
  const offered: ReadonlyArray<string> = offeredTo(client.right, defaults.right)
  return E.right((state) =>
    E.right({
      events: [
        { ...event, available: state !== undefined && offered.includes(contextOf(state).name) },
      ],
    }),
  )
}
