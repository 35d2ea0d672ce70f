import type { JsonObject, State } from '@signalbox/core'
import {
  renderApi,
  renderApiRequester,
  renderDetails,
  renderStatus,
} from '@signalbox/core/zosconnect'
import type {
  ApiContext,
  ApiRequesterContext,
  ServiceContext,
  ShownService,
  Status,
} from '@signalbox/core/zosconnect'
import type { Incoming } from '@signalbox/host'
import { idOf } from './collections.ts'
import { namesOf } from './instances.ts'
import { standingOf, urlsOf } from './site.ts'
import type { Site } from './site.ts'

/** What stands beside the state in a reply: unless given, the status last known, and the data last shown. */
export interface Beside {
  readonly status?: Status
  readonly data?: JsonObject
}

/** The whole of an artefact: of a service both members. */
export const showWhole = (
  request: Incoming,
  state: State,
  site: Site,
  { data, status }: Beside = {},
): unknown => {
  const { context } = standingOf(state)
  const instance = site.instances.find(idOf(context.definition))
  const shown: ShownService = {
    origin: urlsOf(request, site),
    unknownStatus: site.settings.unknownStatus,
    ...namesOf(instance),
    ...(status !== undefined && { status }),
  }
  // A definition tells the kind of its context, which the codec of the context has seen to.
  switch (context.definition.kind) {
    case 'service':
      return renderDetails(context as ServiceContext, {
        ...shown,
        data: data ?? (instance && site.instances.lastData(instance)) ?? {},
      })
    case 'api':
      return renderApi(context as ApiContext, shown)
    case 'apiRequester':
      return renderApiRequester(context as ApiRequesterContext, shown)
  }
}

/** What a change of status and a question for it answer: of a service one member, of the others the whole. */
export const showStatus = (
  request: Incoming,
  state: State,
  site: Site,
  { status }: Pick<Beside, 'status'> = {},
): unknown => {
  const { context } = standingOf(state)
  if (context.definition.kind !== 'service')
    return showWhole(request, state, site, status === undefined ? {} : { status })
  return renderStatus(context as ServiceContext, {
    origin: urlsOf(request, site),
    unknownStatus: site.settings.unknownStatus,
    ...namesOf(site.instances.find(idOf(context.definition))),
    ...(status !== undefined && { status }),
  })
}

/** The address of an API, for `Location`; nothing for the others. */
export const locationOf = (
  request: Incoming,
  state: State,
  site: Site,
): Readonly<Record<string, string>> => {
  const { definition } = standingOf(state).context
  return definition.kind === 'api'
    ? { location: `${urlsOf(request, site)}${definition.basePath}` }
    : {}
}
