import type { Event, State } from '@signalbox/core'
import { mismatchOf, refusalOf, zosApi } from '@signalbox/core/zosconnect'
import type { Change, Definition, Kind } from '@signalbox/core/zosconnect'
import type { Reply, Submission } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { errorReply } from './answers.ts'
import { archiveRecord, CONFIGURED } from './archives.ts'
import { idOf } from './collections.ts'
import { basePathsOf } from './deployment.ts'
import type { Deployment } from './deployment.ts'
import { standingOf } from './site.ts'
import type { Site } from './site.ts'

type Named = { readonly kind: Kind; readonly name: string }

/** Says what to ask for to bring something in that must not be there; a left is the reply. */
export const submitDeploy = (
  deployment: Deployment,
  state: State | undefined,
  site: Site,
): E.Either<Reply, Submission> => {
  const { kind, name } = deployment.definition
  return state === undefined
    ? bringIn('service.deploy', deployment, state, site)
    : E.left(errorReply('already-deployed', { kind, name }))
}

/** Says what to ask for to replace what is there by what bears the same name; a left is the reply. */
export const submitUpdate = (
  named: Named,
  deployment: Deployment,
  state: State,
  site: Site,
): E.Either<Reply, Submission> => {
  const mismatch = mismatchOf(named, deployment.definition)
  if (mismatch !== undefined) return E.left(errorReply('name-mismatch', mismatch))
  return E.flatMap(submitChange(named, 'service.update', state, site), () =>
    bringIn('service.update', deployment, state, site),
  )
}

/** Says what to ask for of what is there; a left is the reply. */
export const submitChange = (
  named: Named,
  change: Change,
  state: State,
  site: Site,
): E.Either<Reply, Submission> => {
  // What the host is about to tell of its start would undo the change.
  if (!site.isResumed(state.ref.id)) return E.left(errorReply('busy', named))
  const standing = standingOf(state)
  const configured = standing.context.definition.archive.id === CONFIGURED
  if (configured && site.declares(named.name) && CLOSED.includes(change))
    return E.left(errorReply('configured-service', { name: named.name }))
  const refused = refusalOf(standing, change)
  const event: Event = { type: change }
  return refused === undefined ? E.right({ events: [event] }) : E.left(errorReply(refused, named))
}

/** The definition as it is stored: what replaces an archive from a file stands for that file. */
export const storedDefinition = (
  { definition }: Deployment,
  before: State | undefined,
  { dropIns }: Pick<Site, 'dropIns'>,
): Definition => {
  const file = before && dropIns?.pathOf(standingOf(before).context.definition.archive)
  if (dropIns === undefined || file === undefined) return definition
  if (dropIns.pathOf(definition.archive) !== undefined) return definition
  const id = dropIns.idFor(file, definition.archive.id)
  return { ...definition, archive: { ...definition.archive, id } }
}

/** Settles which base paths belong to an artefact once a change of it has ended; those of a state that is there stand. */
export const settleBasePaths = (
  definition: Definition,
  state: State | undefined,
  { basePaths }: Pick<Site, 'basePaths'>,
): void => {
  if (definition.kind !== 'api') return
  const held = state === undefined || state.done ? [] : zosApi.claims(state.value, state.context)
  basePaths.keep(
    idOf(definition),
    held.map((key) => key.replace(/^zosconnect\/basePath/, '')),
  )
}

// -- internals

const CLOSED: ReadonlyArray<Change> = ['service.update', 'service.delete']

// The archive is stored with the command, or neither is.
const bringIn = (
  type: 'service.deploy' | 'service.update',
  deployment: Deployment,
  before: State | undefined,
  site: Site,
): E.Either<Reply, Submission> => {
  const definition = storedDefinition(deployment, before, site)
  const { desired, bytes, basePaths } = deployment
  if (!site.instances.supports(definition))
    return E.left(
      errorReply('provider-unsupported', {
        provider: definition.kind === 'service' ? definition.provider : definition.kind,
      }),
    )
  const wanted = basePathsOf(definition, before && standingOf(before).context.definition)
  const inTheWay = site.basePaths.take(idOf(definition), wanted, basePaths)
  if (inTheWay !== undefined) return E.left(errorReply('base-path-taken', { basePath: inTheWay }))
  return E.right({
    events: [{ type, definition, desired }],
    documents: [archiveRecord(definition.archive.id, bytes)],
  })
}
