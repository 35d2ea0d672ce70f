import type { Report, State } from '@signalbox/core'
import { ErrorCode } from '@signalbox/core/zosconnect'
import type { Kind } from '@signalbox/core/zosconnect'
import { json } from '@signalbox/host'
import type { Incoming, Reply, Settled } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { errorReply, providerReply } from './answers.ts'
import type { Deployment } from './deployment.ts'
import { locationOf, showStatus, showWhole } from './shown.ts'
import { standingOf } from './site.ts'
import type { Site } from './site.ts'
import { settleBasePaths, storedDefinition } from './submission.ts'

type Named = { readonly kind: Kind; readonly name: string }

/** Answers a deployment that has been waited for: once registered it is there, whatever its status. */
export const deployedReply = (request: Incoming, settled: Settled, site: Site): Reply => {
  const { state } = settled
  const broken = brokenBy('register', settled)
  if (broken !== undefined) return broken
  // A 503 here would say that the provider is not supported.
  return state.done || state.value === 'deploying'
    ? errorReply('internal-error', {})
    : json(201, showWhole(request, state, site), locationOf(request, state, site))
}

/** Answers an update that has been waited for. */
export const updatedReply = (request: Incoming, settled: Settled, site: Site): Reply => {
  const { state } = settled
  const broken = brokenBy('update', settled)
  if (broken !== undefined) return broken
  return state.value === 'updating'
    ? errorReply('timed-out', { ms: site.settings.spiTimeoutMs })
    : json(200, showWhole(request, state, site), locationOf(request, state, site))
}

/** Answers a start or a stop with the status that the provider has reported. */
export const changedReply = (
  request: Incoming,
  named: Named,
  settled: Settled,
  site: Site,
): Reply => {
  const trouble = troubleIn(named, settled, site)
  if (trouble !== undefined) return trouble
  const { value } = settled.state
  // A change that joined one under way has not been waited for.
  if (value === 'starting' || value === 'stopping') return errorReply('busy', named)
  return json(200, showStatus(request, settled.state, site))
}

/** Answers a deletion. */
export const deletedReply = (named: Named, settled: Settled, site: Site): Reply =>
  troubleIn(named, settled, site) ??
  (settled.state.done ? json(200, { name: named.name }) : errorReply('busy', named))

/** Of two archives lets go of the one that is not in use. */
export const tidy = (deployment: Deployment, settled: Settled, site: Site): void => {
  const { before, state, finished } = settled
  settleBasePaths(deployment.definition, state, site)
  if (!finished) return
  const brought = storedDefinition(deployment, before, site)
  const used = state.done ? undefined : standingOf(state).context.definition.archive.id
  const old = before && standingOf(before).context.definition.archive
  for (const archive of [brought.archive, ...(old ? [old] : [])])
    if (archive.id !== used)
      void site.archives.remove(archive).then((removed) => {
        if (E.isLeft(removed))
          site.log('archive.kept', { name: brought.name, failure: removed.left._tag })
      })
}

/** Puts an archive that a request has put in place of a file's into that file. */
export const rewriteFile = (
  { bytes }: Deployment,
  { before, state }: Settled,
  { dropIns }: Pick<Site, 'dropIns'>,
): void => {
  if (before === undefined || state.done) return
  const { archive } = standingOf(state).context.definition
  if (archive.id !== standingOf(before).context.definition.archive.id)
    void dropIns?.rewrite(archive, bytes)
}

/** Lets go of what stood for something that is being deleted: its base paths, and its file if it came from one. */
export const tidyDeleted = ({ state }: Settled, site: Site): void => {
  const { definition } = standingOf(state).context
  settleBasePaths(definition, state, site)
  if (state.done || state.value === 'undeploying') void site.dropIns?.discard(definition.archive)
}

// -- internals

// An archive that its provider cannot use has been refused; what follows a registration that went well is no failure of it.
const brokenBy = (operation: 'register' | 'update', { reports }: Settled): Reply | undefined => {
  const failure = reports.map(problemOf).find((problem) => problem?.operation === operation)
  if (failure === undefined) return undefined
  return failure.code === 400
    ? errorReply('archive-invalid', {}, { details: failure.message })
    : errorReply('internal-error', {})
}

const troubleIn = (
  named: Named,
  { state, reports, finished }: Settled,
  { settings }: Site,
): Reply | undefined => {
  const late = (): Reply => errorReply('timed-out', { ms: settings.spiTimeoutMs })
  const last = reports.at(-1)
  const problem = last && problemOf(last)
  if (problem === undefined) return finished ? undefined : late()
  if (typeof problem.code === 'number') return providerReply(problem.code, problem.message)
  switch (problem.code) {
    case 'timed-out':
      return late()
    case 'provider-unsupported':
      return errorReply('provider-unsupported', { provider: providerIn(state) })
    case 'busy':
      return errorReply('busy', named)
    default:
      return errorReply('internal-error', {})
  }
}

const providerIn = (state: State): string => {
  const { definition } = standingOf(state).context
  return definition.kind === 'service' ? definition.provider : definition.kind
}

interface Failed {
  readonly operation: unknown
  readonly code: number | ErrorCode
  readonly message: string
}

const problemOf = ({ event }: Report): Failed | undefined => {
  if (event.type !== 'provider.failed') return undefined
  const { operation, code, message } = event
  return {
    operation,
    code: typeof code === 'number' || ErrorCode.is(code) ? code : 'internal-error',
    message: typeof message === 'string' ? message : '',
  }
}
