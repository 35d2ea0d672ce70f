import type { Json, JsonObject } from '../../json.ts'
import type {
  ApiContext,
  ApiDetails,
  ApiList,
  ApiRequesterContext,
  ApiRequesterDetails,
  ApiRequesterList,
  ServiceContext,
  ServiceDetails,
  ServiceList,
  ServiceListEntry,
  ServiceStatus,
  ServiceSummary,
  Status,
  WireStatus,
} from './codecs.ts'

/** What a reply needs beside the state. */
export interface Shown {
  /** Scheme and authority of the URLs in the reply, without a slash at the end. */
  readonly origin: string
  /** The status the provider gives just now; the status last known unless given. */
  readonly status?: Status
  /** The word for a status nobody knows, where the wire is to show another one. */
  readonly unknownStatus?: string
}

/** What a reply about a service needs beside the state. */
export interface ShownService extends Shown {
  /** How the provider calls itself; the manifest's word unless given. */
  readonly providerName?: string
  /** The provider's data transformation; `DATA_UNAVAILABLE` unless given. */
  readonly dataXform?: string
}

/** Spells a status as the wire does. */
export const wireStatus = (status: Status): WireStatus => WIRE[status]

/** The list of services, sorted by name; services the caller may not see are left out before. */
export const renderList = (
  services: ReadonlyArray<{ readonly context: ServiceContext; readonly providerName?: string }>,
  { origin }: Pick<Shown, 'origin'>,
): ServiceList => ({
  zosConnectServices: byName(services, ({ context }) => context).map(({ context, ...shown }) =>
    renderListEntry(context, { origin, ...shown }),
  ),
})

/** One service of the list. */
export const renderListEntry = (
  { definition }: ServiceContext,
  { origin, providerName = definition.provider }: Pick<ShownService, 'origin' | 'providerName'>,
): ServiceListEntry => ({
  ServiceName: definition.name,
  ServiceDescription: definition.description,
  ServiceProvider: providerName,
  ServiceURL: serviceUrl(origin, definition.name),
})

/** The details of a service; values of `data` that are named like a password are masked. */
export const renderDetails = (
  context: ServiceContext,
  { data = {}, ...shown }: ShownService & { readonly data?: JsonObject },
): ServiceDetails => ({
  zosConnect: summaryOf(context, shown),
  [context.definition.name]: maskSecrets(data),
})

/** The reply to a change or a question of status. */
export const renderStatus = (context: ServiceContext, shown: ShownService): ServiceStatus => ({
  zosConnect: summaryOf(context, shown),
})

/** The list of APIs, sorted by name. */
export const renderApiList = (
  apis: ReadonlyArray<ApiContext>,
  { origin }: Pick<Shown, 'origin'>,
): ApiList => ({
  apis: byName(apis, (api) => api).map(({ definition }) => ({
    ...heading(definition),
    adminUrl: `${origin}/zosConnect/apis/${encodeURIComponent(definition.name)}`,
  })),
})

/** The details of an API. */
export const renderApi = (context: ApiContext, shown: Shown): ApiDetails => {
  const { definition } = context
  const apiUrl = `${shown.origin}${definition.basePath}`
  return {
    ...heading(definition),
    status: word(context, shown),
    apiUrl,
    documentation: { swagger: `${apiUrl}/api-docs` },
    services: definition.services.map((name) => ({ name, uri: serviceUrl(shown.origin, name) })),
  }
}

/** The list of API requesters, sorted by name, each with its status. */
export const renderApiRequesterList = (
  requesters: ReadonlyArray<ApiRequesterContext>,
  shown: Pick<Shown, 'unknownStatus'> = {},
): ApiRequesterList => ({
  apiRequesters: byName(requesters, (requester) => requester).map((context) => ({
    ...heading(context.definition),
    status: word(context, shown),
    connectionRef: context.definition.connectionRef ?? '',
  })),
})

/** The details of an API requester. */
export const renderApiRequester = (
  context: ApiRequesterContext,
  shown: Shown,
): ApiRequesterDetails => ({
  ...heading(context.definition),
  status: word(context, shown),
  apiRequesterUrl: `${shown.origin}/zosConnect/apiRequesters/${encodeURIComponent(context.definition.name)}`,
  connection: context.definition.connectionRef ?? '',
})

/** Puts `***` for every value whose name tells a password, a secret or a token, however deep it lies. */
export const maskSecrets = (data: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, SECRET.test(name) ? '***' : masked(value)]),
  )

// -- internals

const WIRE = { started: 'Started', stopped: 'Stopped', unknown: 'Unknown' } as const

const SECRET = /passw|passphrase|pwd|secret|token/i

const masked = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(masked)
  return isObject(value) ? maskSecrets(value) : value
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const summaryOf = (context: ServiceContext, shown: ShownService): ServiceSummary => {
  const { name, description, provider, version } = context.definition
  const { origin, providerName = provider, dataXform = 'DATA_UNAVAILABLE' } = shown
  const url = serviceUrl(origin, name)
  return {
    serviceName: name,
    serviceDescription: description,
    serviceProvider: providerName,
    ...(version === null ? {} : { version }),
    serviceURL: url,
    serviceInvokeURL: `${url}?action=invoke`,
    dataXformProvider: dataXform,
    serviceStatus: word(context, shown),
  }
}

const heading = ({
  name,
  version,
  description,
}: {
  readonly name: string
  readonly version: string | null
  readonly description: string
}): { readonly name: string; readonly version?: string; readonly description: string } =>
  version === null ? { name, description } : { name, version, description }

const word = (
  context: { readonly status: Status },
  { status = context.status, unknownStatus = 'Unknown' }: Omit<Shown, 'origin'>,
): string => (status === 'unknown' ? unknownStatus : WIRE[status])

const serviceUrl = (origin: string, name: string): string =>
  `${origin}/zosConnect/services/${encodeURIComponent(name)}`

const byName = <A>(
  items: ReadonlyArray<A>,
  contextOf: (item: A) => { readonly definition: { readonly name: string } },
): ReadonlyArray<A> =>
  items.toSorted((a, b) => (contextOf(a).definition.name < contextOf(b).definition.name ? -1 : 1))
