import type { JsonObject } from '@signalbox/core'
import { Flavor, validateFlavor } from '@signalbox/core/poppy'
import { empty, handle } from '@signalbox/host'
import type { Failure, Note, Reply, Route, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { answers } from './answers.ts'
import { MOUNT } from './locate.ts'
import { projectOf } from './project.ts'
import { baseOf, flavorUrl, renderFlavor } from './render.ts'
import { invalid, message, resource, UNREADABLE } from './replies.ts'
import type { Site } from './site.ts'
import { isStorable } from './storable.ts'

/** The kind of record a flavor is kept as. */
export const FLAVOR = 'flavor'

/** Reads a flavor, or undefined when there is none. */
export const readFlavor = async (
  services: Services,
  id: string,
): Promise<E.Either<Failure, Flavor | undefined>> =>
  isStorable(id)
    ? E.map((found: { readonly body: unknown } | undefined) =>
        isFlavor(found?.body) ? found.body : undefined,
      )(await services.document(FLAVOR, id)())
    : E.right(undefined)

/** The flavor that a body asks for; empty when it names none. */
export const flavorIdOf = (body: unknown): string =>
  typeof body === 'object' &&
  body !== null &&
  'flavor_id' in body &&
  typeof body.flavor_id === 'string'
    ? body.flavor_id
    : ''

/** The vendor's text for a flavor that does not exist, not yet escaped. */
export const unknownFlavor = (id: string): string => `Could not find a flavor with the id '${id}'`

/** A flavor as it is kept. */
export const storedFlavor = ({ id, providers }: Flavor): JsonObject => ({
  id,
  providers: providers.map(({ provider, links }) => ({
    provider,
    links: links.map(({ href, rel }) => ({ href, rel })),
  })),
})

/**
 * The routes of flavors: they are global, whatever the project.
 *
 * @see https://docs.rackspace.com/docs/cdn/v1/api-reference/cdn-flavors-operations
 */
export const flavorRoutes = ({ services, settings }: Site): ReadonlyArray<Route> => [
  handle({
    name: 'listFlavors',
    summary: 'Lists the flavors that services may be made of',
    method: 'GET',
    path: `${MOUNT}/flavors`,
    sight: async (request) => projectOf(request),
    handle: async (request) => {
      const flavors = await allFlavors(services)
      if (E.isLeft(flavors)) return answers.refuse(request, flavors.left)
      const base = baseOf(request, request.sight, settings.publicUrl)
      return resource({ flavors: flavors.right.map((flavor) => renderFlavor(flavor, base)) })
    },
  }),
  handle<undefined, undefined, unknown, string>({
    name: 'createFlavor',
    summary: 'Creates a flavor',
    method: 'POST',
    path: `${MOUNT}/flavors`,
    body: { kind: 'json', codec: t.unknown },
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const flavor = validateFlavor(request.body, {
        providers: settings.providers,
        // Whether it does is for the write to say.
        flavorExists: () => false,
      })
      if (E.isLeft(flavor)) return invalid(flavor.left)
      const { id } = flavor.right
      if (!isStorable(id)) return message(400, UNREADABLE)
      const written = await services.write(
        [{ kind: FLAVOR, id, tenant: '', body: storedFlavor(flavor.right), expected: 0 }],
        noteOf('flavor.create', id, request),
      )()
      if (E.isLeft(written))
        return written.left._tag === 'DocumentConflict'
          ? invalid({ _tag: 'FlavorExists', flavor: id })
          : answers.refuse(request, written.left)
      const base = baseOf(request, request.sight, settings.publicUrl)
      const { headers, ...made } = resource(renderFlavor(flavor.right, base), 201)
      return { ...made, headers: { ...headers, location: flavorUrl(base, id) } }
    },
  }),
  handle<Id, undefined, undefined, string>({
    name: 'getFlavor',
    summary: 'Shows a flavor',
    method: 'GET',
    path: `${MOUNT}/flavors/:id`,
    params: Id,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const { id } = request.params
      const flavor = await readFlavor(services, id)
      if (E.isLeft(flavor)) return answers.refuse(request, flavor.left)
      return flavor.right === undefined
        ? message(404, unknownFlavor(id))
        : resource(renderFlavor(flavor.right, baseOf(request, request.sight, settings.publicUrl)))
    },
  }),
  handle<Id, undefined, undefined, string>({
    name: 'deleteFlavor',
    summary: 'Deletes a flavor; services keep what they were made of',
    method: 'DELETE',
    path: `${MOUNT}/flavors/:id`,
    params: Id,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const { id } = request.params
      if (!isStorable(id)) return empty(204)
      const written = await services.write(
        [{ kind: FLAVOR, id, tenant: '', body: null }],
        noteOf('flavor.delete', id, request),
      )()
      return E.isLeft(written) ? answers.refuse(request, written.left) : empty(204)
    },
  }),
]

// -- internals

// Records are not changed in place, and one that the host remembers comes again as the same object: it need not be checked again.
const known = new WeakSet<object>()

const isFlavor = (body: unknown): body is Flavor => {
  if (typeof body === 'object' && body !== null && known.has(body)) return true
  if (!Flavor.is(body)) return false
  known.add(body)
  return true
}

const Id = t.strict({ id: t.string })
type Id = t.TypeOf<typeof Id>

const noteOf = (
  type: string,
  flavor: string,
  {
    id,
    principal,
    sight,
  }: Pick<Note, 'principal'> & { readonly id: string; readonly sight: string },
): Note => ({
  type,
  tenant: '',
  id: `flavor.${flavor}`,
  principal,
  request: id,
  detail: { project: sight, flavor },
})

const allFlavors = async (
  services: Services,
): Promise<E.Either<Failure, ReadonlyArray<Flavor>>> => {
  const flavors: Array<Flavor> = []
  let after: string | undefined
  do {
    const page = await services.documents({
      kind: FLAVOR,
      limit: 500,
      ...(after === undefined ? {} : { after }),
    })()
    if (E.isLeft(page)) return page
    flavors.push(...page.right.items.flatMap(({ body }) => (Flavor.is(body) ? [body] : [])))
    after = page.right.next
  } while (after !== undefined)
  return E.right(flavors)
}
