import type { ServiceRef } from '@signalbox/core'
import { command } from '@signalbox/host'
import type { Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { answers } from './answers.ts'
import { MOUNT } from './locate.ts'
import { accepted, message } from './replies.ts'
import { locateService, ServiceId, serviceUrl } from './service-id.ts'
import type { Site } from './site.ts'

/** Parameters that only a purge has. */
export const PURGE_PARAMETERS = ['url', 'all', 'hard']

/**
 * The route that takes content out of the caches.
 *
 * @see https://docs.rackspace.com/docs/cdn/v1/api-reference/cdn-services-operations
 */
export const purgeRoute = (site: Site): Route =>
  command<ServiceId, undefined, undefined, ServiceRef, Purge>({
    name: 'purgeService',
    summary: 'Purges cached content of a service',
    method: 'DELETE',
    path: `${MOUNT}/services/:id/assets`,
    lifecycle: site.lifecycle,
    commands: ['service.purge'],
    params: ServiceId,
    sight: async (request) => locateService(request),
    prepare: async ({ url }) => purgeOf(url.searchParams),
    ref: ({ sight }) => sight,
    submit: ({ prepared }) => E.right({ events: [{ type: 'service.purge', ...prepared }] }),
    reply: (request, { state }) => accepted(202, serviceUrl(request, state.ref, site.settings)),
    refuse: (request, failure) => {
      const { id } = request.params
      if (failure._tag === 'NotFound') return message(404, `No service found: ${id}`)
      return failure._tag === 'IllegalMove'
        ? message(400, `Service ${id} is not deployed.`)
        : answers.refuse(request, failure)
    },
  })

// -- internals

interface Purge {
  readonly hard: boolean
  readonly url: string
}

const EVERYTHING = '/*'

const HARD: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false }

const purgeOf = (query: URLSearchParams): E.Either<Reply, Purge> => {
  const url = query.get('url') || EVERYTHING
  if (!isAscii(url)) return E.left(message(400, 'non ascii character present in url'))
  const text = (query.get('hard') ?? 'true').toLowerCase()
  const hard = Object.hasOwn(HARD, text) ? HARD[text] : undefined
  if (hard === undefined) return E.left(message(400, 'hard can only be set to True or False'))
  if (query.get('all')?.toLowerCase() === 'true' && url !== EVERYTHING)
    return E.left(message(400, 'Cannot provide all=true and a url at the same time'))
  return E.right({ hard, url })
}

const isAscii = (text: string): boolean =>
  [...text].every((character) => (character.codePointAt(0) ?? 0) < 128)
