import type { ServiceRef } from '@signalbox/core'
import { parseServiceId } from '@signalbox/core/poppy'
import type { Incoming, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { projectOf } from './project.ts'
import { baseOf } from './render.ts'
import { invalid } from './replies.ts'
import type { CompleteSettings } from './settings.ts'

/** The part of a path that names a service. */
export const ServiceId = t.strict({ id: t.string }, 'ServiceId')
export type ServiceId = t.TypeOf<typeof ServiceId>

/** Finds out which service of the effective project a request means, or what is wrong with it. */
export const locateService = (
  request: Incoming & { readonly params: ServiceId },
): E.Either<Reply, ServiceRef> => {
  const project = projectOf(request)
  if (E.isLeft(project)) return project
  const id = parseServiceId(request.params.id)
  return E.isLeft(id)
    ? E.left(invalid(id.left))
    : E.right({ provider: 'poppy', tenant: project.right, id: id.right })
}

/** Where a service is. */
export const serviceUrl = (
  request: Incoming,
  { tenant, id }: ServiceRef,
  { publicUrl }: Pick<CompleteSettings, 'publicUrl'>,
): string => `${baseOf(request, tenant, publicUrl)}/services/${id}`
