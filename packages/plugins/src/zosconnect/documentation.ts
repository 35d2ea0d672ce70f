import { Json, JsonObject } from '@signalbox/core'
import {
  ApiDetails,
  ApiList,
  ApiRequesterDetails,
  ApiRequesterList,
  Deleted,
  DesiredStatus,
  ErrorBody,
  Name,
  ServiceDetails,
  ServiceList,
  ServiceStatistics,
  ServiceStatus,
} from '@signalbox/core/zosconnect'
import type { Kind } from '@signalbox/core/zosconnect'
import type { Description, Details, Operation } from '@signalbox/host'
import * as t from 'io-ts'
import type { Collection } from './collections.ts'
import { EXAMPLES } from './examples.ts'
import { ofAll, ofBody, ofRead, told } from './refusals.ts'
import type { Refusal, Refusals } from './refusals.ts'
import type { Settings } from './settings.ts'

/** What the description of the administration says beside its routes, which read their queries and bodies by themselves. */
export const descriptionOf = (
  { requireAuth, maxInvokeBytes, spiTimeoutMs }: Settings,
  collections: ReadonlyArray<Collection>,
): Description => ({
  title: 'z/OS Connect administration',
  version: '1.2.0',
  about:
    'The administration interface of IBM z/OS Connect. What a change asks for is in its query and its body. A `/` in a name ' +
    'travels as `%2F`. HEAD is GET without a body, and OPTIONS answers `Allow`.',
  error: ErrorBody,
  security: requireAuth ? { basic: { type: 'http', scheme: 'basic' } } : {},
  details: () => ({
    ...serviceDetails({ maxInvokeBytes, spiTimeoutMs }),
    ...Object.assign({}, ...collections.map(collectionDetails)),
  }),
  beside: [belowApis],
})

// -- internals

const StatusQuery = t.exact(t.partial({ status: DesiredStatus }))

const ReadQuery = t.exact(
  t.partial({
    action: t.keyof({
      status: null,
      getRequestSchema: null,
      getResponseSchema: null,
      getStatistics: null,
    }),
  }),
)

const ChangeQuery = t.exact(
  t.partial({
    status: DesiredStatus,
    action: t.keyof({ start: null, stop: null, invoke: null }),
  }),
)

const ProviderQuery = t.exact(t.partial({ provider: t.string }))

const ItemPath = t.strict({ name: Name })

const SchemaPath = t.strict({
  name: Name,
  which: t.keyof({ request: null, response: null }),
})

const LISTS: Readonly<Record<Kind, t.Any>> = {
  service: ServiceList,
  api: ApiList,
  apiRequester: ApiRequesterList,
}

const WHOLES: Readonly<Record<Kind, t.Any>> = {
  service: ServiceDetails,
  api: ApiDetails,
  apiRequester: ApiRequesterDetails,
}

const ZIP = { 'application/zip': null }

interface Facts extends Omit<Details, 'examples'> {
  readonly refused: Refusals
}

const detailsOf = (
  name: string,
  { responses = {}, refused, documented = {} }: Facts,
): Readonly<Record<string, Details>> => {
  const own = EXAMPLES[name] ?? {}
  const wrong = Object.keys(refused.examples).map((status) => [status, ErrorBody])
  return {
    [name]: {
      responses: { ...responses, ...Object.fromEntries(wrong) },
      examples: { ...own, responses: { ...refused.examples, ...own.responses } },
      documented: {
        ...documented,
        meanings: { ...refused.meanings, ...documented.meanings },
      },
    },
  }
}

// What all three collections have: a list, and what is deployed, shown, changed and deleted.
const collectionDetails = ({
  kind,
  one,
  many,
  words,
}: Collection): Readonly<Record<string, Details>> => {
  const named = { kind, name: SAMPLE[kind] }
  const absent = ABSENT[kind]
  const whole = WHOLES[kind]
  const located = kind === 'api' ? { 200: 'After an update: where the API lies.' } : undefined
  const taken: ReadonlyArray<Refusal> =
    kind === 'api' ? [['base-path-taken', { basePath: '/catalogManager' }]] : []
  return {
    ...detailsOf(`get${many}`, {
      responses: { 200: LISTS[kind] },
      refused: told([...ofRead, ['unknown-action', {}]]),
    }),
    ...detailsOf(`install${one}`, {
      responses: { 201: whole },
      refused: told([
        ...ofAll,
        ['archive-invalid', {}],
        ['archive-missing', {}],
        ['unknown-status', {}],
        ['unknown-action', {}],
        ['already-deployed', named],
        ...taken,
        ...ofBody,
        ['internal-error', {}],
        ['provider-unsupported', { provider: 'Nope-1.0' }],
      ]),
      documented: {
        description: 'Once it is deployed, it is started unless `status` is `stopped`.',
        query: StatusQuery,
        bodies: ZIP,
        bodyRequired: true,
        meanings: { 201: `What is deployed, with the status that it has.` },
        ...(kind === 'api' ? { locations: { 201: 'Where the API lies.' } } : {}),
      },
    }),
    ...(kind === 'service'
      ? {}
      : {
          ...detailsOf(`get${one}`, {
            responses: { 200: whole },
            refused: told([...ofRead, absent, ['unknown-action', {}]]),
            documented: { params: ItemPath },
          }),
          ...detailsOf(`update${one}`, {
            responses: { 200: whole },
            refused: told([
              ...ofAll,
              ['unknown-status', {}],
              ['unknown-action', {}],
              ['bad-query', {}],
              ['archive-invalid', {}],
              absent,
              ['service-started', named],
              ['name-mismatch', { name: named.name, found: 'other' }],
              ...taken,
              ...ofBody,
              ['internal-error', {}],
              ['busy', named],
            ]),
            documented: {
              description:
                'With `status` and no body it is started or stopped. With an archive it is updated, which takes that it is ' +
                'stopped; it is started afterwards unless `status` is `stopped`.',
              params: ItemPath,
              query: StatusQuery,
              bodies: ZIP,
              ...(located === undefined ? {} : { locations: located }),
            },
          }),
        }),
    ...detailsOf(`delete${one}`, {
      responses: { 200: Deleted },
      refused: told([
        ...ofAll,
        absent,
        ['service-started', named],
        ...(kind === 'service' ? ([['configured-service', named]] as const) : []),
        ['internal-error', {}],
        ['busy', named],
        ...(kind === 'api' ? ([['outstanding-requests', named]] as const) : []),
      ]),
      documented: {
        description: `Takes that ${words} is stopped.`,
        params: ItemPath,
        meanings: { 200: 'It is deleted.' },
      },
    }),
  }
}

const serviceDetails = ({
  maxInvokeBytes,
  spiTimeoutMs,
}: Pick<Settings, 'maxInvokeBytes' | 'spiTimeoutMs'>): Readonly<Record<string, Details>> => {
  const named = { kind: 'service', name: SAMPLE.service } as const
  const changed = {
    refused: told([
      ...ofAll,
      ['bad-query', {}],
      ['unknown-status', {}],
      ['unknown-action', {}],
      ['archive-invalid', {}],
      ['payload-invalid', { reason: 'is an array' }],
      ABSENT.service,
      ['service-started', named],
      ['name-mismatch', { name: named.name, found: 'other' }],
      ['configured-service', named],
      ...ofBody,
      ['internal-error', {}],
      ['service-stopped', named],
      ['service-unknown', named],
      ['no-driver', named],
      ['busy', named],
      ['provider-unsupported', { provider: 'Nope-1.0' }],
      ['timed-out', { ms: spiTimeoutMs }],
    ]),
    documented: {
      description:
        'With `status` and no body, or with the `action` `start` or `stop`, the service is started or stopped: the answer is ' +
        'the member `zosConnect`. With an archive it is updated, which takes that it is stopped: the answer has both members, ' +
        'and it is started afterwards unless `status` is `stopped`. With the `action` `invoke`, or a JSON object alone, it is ' +
        `invoked with the object of at most ${maxInvokeBytes} bytes: status and body are the provider’s. Of \`status\` and ` +
        '`action` at most one may be given.',
      params: ItemPath,
      query: ChangeQuery,
      bodies: { ...ZIP, 'application/json': JsonObject },
      meanings: { 200: 'The service as it is now, or what it replies to an invoke.' },
    },
  }
  return {
    ...detailsOf('getService', {
      responses: { 200: t.union([ServiceDetails, ServiceStatistics, JsonObject]) },
      refused: told([
        ...ofRead,
        ABSENT.service,
        ['unknown-action', {}],
        ['method-not-allowed', {}],
        ['internal-error', {}],
      ]),
      documented: {
        params: ItemPath,
        query: ReadQuery,
        meanings: {
          200: 'Both members; or by the `action`: the member `zosConnect` alone, a schema, or statistics.',
        },
      },
    }),
    ...detailsOf('getServiceSchema', {
      responses: { 200: JsonObject },
      refused: told([...ofRead, ABSENT.service, ['internal-error', {}]]),
      documented: {
        params: SchemaPath,
        meanings: { 200: 'The schema; `{}` where there is none.' },
      },
    }),
    ...detailsOf('updateService', {
      responses: { 200: t.union([ServiceDetails, ServiceStatus, Json]) },
      ...changed,
    }),
    ...detailsOf('changeService', {
      responses: {
        200: t.union([ServiceDetails, ServiceStatus, Json]),
        201: ServiceDetails,
      },
      ...changed,
      documented: {
        ...changed.documented,
        description: `${changed.documented.description} An archive must come with \`status\`, and deploys what is not installed.`,
        meanings: {
          ...changed.documented.meanings,
          201: 'The service was not installed, and is deployed.',
        },
      },
    }),
    ...detailsOf('getServicesStatistics', {
      responses: { 200: ServiceStatistics },
      refused: told([...ofRead, ['bad-query', {}]]),
      documented: {
        query: ProviderQuery,
        meanings: {
          200: 'Statistics by the names of services; counts are since they were registered.',
        },
      },
    }),
    ...detailsOf('getApiDocs', {
      responses: { 200: JsonObject },
      refused: told(ofRead),
      documented: { meanings: { 200: 'The vendor’s own kind of description.' } },
    }),
  }
}

const SAMPLE = { service: 'placeOrder', api: 'catalog', apiRequester: 'catalog_1.0.0' } as const

const ABSENT = {
  service: ['unknown-service', { name: SAMPLE.service }],
  api: ['unknown-api', { name: SAMPLE.api }],
  apiRequester: ['unknown-api-requester', { name: SAMPLE.apiRequester }],
} as const

// What is answered below the base path of an API that is installed: only its Swagger is served here.
const belowApis: Operation = {
  method: 'GET',
  path: '/:basePath/api-docs',
  name: 'getApiSwagger',
  summary: 'Shows the Swagger of an API that is installed',
  ...detailsOf('getApiSwagger', {
    responses: { 200: JsonObject },
    refused: told([
      ...ofRead,
      ['no-resource', {}],
      ['api-not-executable', { name: SAMPLE.api }],
      ['api-stopped', { name: SAMPLE.api }],
    ]),
    documented: {
      description:
        'A base path may have several segments. Every other path and method below it is answered 501, or 503 while the API is ' +
        'stopped: APIs are administered here, and not executed.',
      params: t.strict({ basePath: t.string }),
      meanings: { 200: 'The Swagger of its archive, with the host of the request.' },
    },
  })['getApiSwagger'],
}
