import type { State } from '@signalbox/core'
import { splitPath } from '@signalbox/core/zosconnect'
import type { ApiDefinition } from '@signalbox/core/zosconnect'
import { json } from '@signalbox/host'
import type { Incoming, Principal, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { errorReply } from './answers.ts'
import { APIS } from './collections.ts'
import { mayOn, READERS } from './levels.ts'
import { readSwagger } from './package-archive.ts'
import { namedIn, refuseReply, standingOf, urlsOf } from './site.ts'
import type { Site } from './site.ts'
import { statesOf } from './states.ts'

/**
 * Answers below the base path of an API: its Swagger, and for everything else that it is stopped or not executed here.
 * Undefined where no API lies.
 */
export const answerBelowApis =
  (site: Site, admit: (request: Incoming) => Promise<E.Either<Reply, Principal>>) =>
  async (request: Incoming): Promise<Reply | undefined> => {
    const path = splitPath(request.url.pathname)
    if (E.isLeft(path)) return undefined
    const states = await statesOf(site.services, APIS)
    if (E.isLeft(states)) return refuseReply(request, states.left, site)
    const found = states.right
      .flatMap((state) => {
        const { definition } = standingOf(state).context
        const rest = definition.kind === 'api' ? below(definition.basePath, path.right) : undefined
        return definition.kind === 'api' && rest ? [{ definition, state, rest }] : []
      })
      .at(0)
    if (found === undefined) return undefined
    const admitted = await admit(request)
    if (E.isLeft(admitted)) return admitted.left
    const { definition, state, rest } = found
    const isDocs = rest.length === 1 && rest[0] === 'api-docs'
    if (isDocs && ['GET', 'HEAD'].includes(request.method))
      return docsOf(request, admitted.right, definition, site)
    return notExecuted(state, definition)
  }

// -- internals

const below = (
  basePath: string,
  path: ReadonlyArray<string>,
): ReadonlyArray<string> | undefined => {
  const base = E.getOrElseW(() => undefined)(splitPath(basePath))
  return base?.every((segment, index) => path[index] === segment)
    ? path.slice(base.length)
    : undefined
}

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/get_swagger.html */
const docsOf = async (
  request: Incoming,
  principal: Principal,
  { name, swagger, archive }: ApiDefinition,
  site: Site,
): Promise<Reply> => {
  if (!mayOn(site.settings.authorization, principal, READERS, namedIn(APIS, name)))
    return errorReply('forbidden', {})
  if (swagger === null) return errorReply('no-resource', {})
  const file = await site.archives.file(archive, swagger)
  if (E.isLeft(file)) return refuseReply(request, file.left, site)
  const document = readSwagger(file.right)
  if (E.isLeft(document)) return errorReply('no-resource', {})
  return json(200, { ...document.right, host: urlsOf(request, site).replace(/^\w+:\/\//, '') })
}

const notExecuted = (state: State, { name }: ApiDefinition): Reply =>
  standingOf(state).context.status === 'started'
    ? errorReply('api-not-executable', { name })
    : errorReply('api-stopped', { name })
