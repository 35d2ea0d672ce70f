import type { ServiceRef } from '@signalbox/core'
import type { Generic, GenericCommand, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { namedBy } from './collections.ts'
import type { Collection } from './collections.ts'
import type { Site } from './site.ts'
import { submitChange } from './submission.ts'

/** How artefacts are served to the control plane; an archive is brought in by the vendor's own routes, and deleted there. */
export const genericOf = (site: Site, { lifecycle }: Collection): Generic => {
  const change = (type: 'service.start' | 'service.stop'): GenericCommand => ({
    prepare: async ({ ref }) =>
      E.right((state) => {
        if (state === undefined)
          return E.left({ _tag: 'Failed', failure: { _tag: 'NotFound', ref } })
        const named = namedBy({ lifecycle: lifecycle.name, ref })
        return E.mapLeft((reply: Reply) => ({
          _tag: 'Against' as const,
          reasons: [{ words: wordsOf(reply) }],
        }))(submitChange(named, type, state, site))
      }),
  })
  return {
    lifecycle,
    commands: { 'service.start': change('service.start'), 'service.stop': change('service.stop') },
  }
}

/** The path at which an artefact is found, by the route that a path belongs to. */
export const pathOf = (path: string, { id }: ServiceRef): string =>
  path.replace(':name', encodeURIComponent(id.replace(/^(?:api|apiRequester):/, '')))

// -- internals

const Worded = t.type({ errorMessage: t.string })

const wordsOf = ({ body }: Reply): string => {
  const read: unknown = typeof body === 'string' ? JSON.parse(body) : undefined
  return Worded.is(read) ? read.errorMessage : 'The service does not take this change now.'
}
