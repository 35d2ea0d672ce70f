import { Flavor } from '@signalbox/core/poppy'
import { handle } from '@signalbox/host'
import type { Failure, Reply, Route, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { projectOf } from './admission.ts'
import { answers, message, resource } from './answers.ts'
import { baseOf, renderFlavor } from './render.ts'

/** The kind of record a flavor is kept as. */
export const FLAVOR = 'flavor'

/** Reads a flavor, or undefined when there is none. */
export const readFlavor = async (
  services: Services,
  id: string,
): Promise<E.Either<Failure, Flavor | undefined>> =>
  E.map((found: { readonly body: unknown } | undefined) =>
    Flavor.is(found?.body) ? found.body : undefined,
  )(await services.document(FLAVOR, id)())

/** The routes that show flavors: they are global, whatever the project. */
export const flavorRoutes = (
  services: Services,
  publicUrl: string | undefined,
): ReadonlyArray<Route> => [
  handle({
    name: 'listFlavors',
    summary: 'Lists the flavors that services may be made of',
    method: 'GET',
    path: '/flavors',
    sight: async (request) => projectOf(request),
    handle: async (request) => {
      const flavors = await allFlavors(services)
      if (E.isLeft(flavors)) return answers.refuse(request, flavors.left)
      const base = baseOf(request, request.sight, publicUrl)
      return resource({ flavors: flavors.right.map((flavor) => renderFlavor(flavor, base)) })
    },
  }),
  handle({
    name: 'getFlavor',
    summary: 'Shows a flavor',
    method: 'GET',
    path: '/flavors/:id',
    params: t.strict({ id: t.string }),
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const { id } = request.params
      const flavor = await readFlavor(services, id)
      if (E.isLeft(flavor)) return answers.refuse(request, flavor.left)
      return flavor.right === undefined
        ? message(404, `Could not find a flavor with the id '${id}'`)
        : resource(renderFlavor(flavor.right, baseOf(request, request.sight, publicUrl)))
    },
  }),
]

// -- internals

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
