import { handle, json } from '@signalbox/host'
import type { Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { errorReply } from './answers.ts'
import { mayOnAll, READERS } from './levels.ts'
import { API_DOCS } from './locate.ts'
import type { Site } from './site.ts'

/** The route that describes the administration itself. */
export const apiDocsRoutes = (site: Site): ReadonlyArray<Route> => [
  handle({
    method: 'GET',
    path: API_DOCS,
    name: 'getApiDocs',
    summary: 'Describes the administration as Swagger 2.0',
    sight: async ({ principal }) =>
      mayOnAll(site.settings.authorization, principal, READERS)
        ? E.right(undefined)
        : E.left(errorReply('forbidden', {})),
    handle: async () => json(200, apiDocs(site.settings)),
  }),
]

/**
 * Describes the administration: one operation for each path and method, since Swagger knows no others; what a query decides
 * beside them stands in the operation's parameters.
 */
const apiDocs = ({
  apiRequesters,
}: {
  readonly apiRequesters: { readonly enabled: boolean }
}): object => ({
  swagger: '2.0',
  info: {
    title: 'z/OS Connect administration API',
    version: '1.2.0',
    description: 'Administers services, APIs and API requesters.',
  },
  basePath: '/zosConnect',
  produces: ['application/json'],
  tags: [
    { name: 'Services' },
    { name: 'APIs' },
    ...(apiRequesters.enabled ? [{ name: 'API Requesters' }] : []),
  ],
  paths: {
    ...servicePaths,
    ...itemPaths('apis', {
      tag: 'APIs',
      one: 'Api',
      words: 'an API',
      name: 'apiName',
      list: 'ApiList',
      details: 'ApiDetails',
    }),
    ...(apiRequesters.enabled &&
      itemPaths('apiRequesters', {
        tag: 'API Requesters',
        one: 'ApiRequester',
        words: 'an API requester',
        name: 'apiRequesterName',
        list: 'ApiRequesterList',
        details: 'ApiRequesterDetails',
      })),
  },
  definitions,
})

// -- internals

type Json = Readonly<Record<string, unknown>>

const reference = (name: string): Json => ({ $ref: `#/definitions/${name}` })

const replies = (status: number, description: string, schema: Json = { type: 'object' }): Json => ({
  [status]: { description, schema },
  default: { description: 'An error', schema: reference('Error') },
})

const operation = (
  tag: string,
  operationId: string,
  summary: string,
  {
    parameters = [],
    responses,
    consumes,
  }: {
    readonly parameters?: ReadonlyArray<Json>
    readonly responses: Json
    readonly consumes?: ReadonlyArray<string>
  },
): Json => ({
  tags: [tag],
  operationId,
  summary,
  ...(consumes && { consumes }),
  parameters,
  responses,
})

const text = (name: string, where: 'path' | 'query', description: string): Json => ({
  name,
  in: where,
  required: where === 'path',
  type: 'string',
  description,
})

const choice = (name: string, values: ReadonlyArray<string>, description: string): Json => ({
  ...text(name, 'query', description),
  enum: values,
})

const status = choice(
  'status',
  ['started', 'stopped'],
  'The status wanted; with an archive, the one wanted once it is in place.',
)

const archive = (description: string): Json => ({
  name: 'body',
  in: 'body',
  description,
  schema: { type: 'string', format: 'binary' },
})

const ZIP = ['application/zip']
const EITHER = ['application/zip', 'application/json']

const serviceName = text('serviceName', 'path', 'The name of the service, a slash as %2F.')

const change = (method: 'PUT' | 'POST'): Json => ({
  consumes: EITHER,
  parameters: [
    serviceName,
    status,
    choice(
      'action',
      ['start', 'stop', 'invoke'],
      'What is asked for where no status is given: a start, a stop, or an invoke with the body as its payload.',
    ),
    archive(
      method === 'PUT'
        ? 'Nothing, the archive of an update, or the payload of an invoke.'
        : 'Nothing, the archive of an update or a deployment, or the payload of an invoke.',
    ),
  ],
})

const servicePaths: Json = {
  '/services': {
    get: operation('Services', 'getServices', 'Lists the services', {
      responses: replies(200, 'The services', reference('ServiceList')),
    }),
    post: operation('Services', 'installService', 'Deploys a service', {
      consumes: ZIP,
      parameters: [status, archive('The service archive.')],
      responses: replies(201, 'The service', reference('ServiceDetails')),
    }),
  },
  '/services/{serviceName}': {
    get: operation(
      'Services',
      'getService',
      'Shows a service, or what the action says of it: its status, a schema, its statistics',
      {
        parameters: [
          serviceName,
          choice(
            'action',
            ['status', 'getRequestSchema', 'getResponseSchema', 'getStatistics'],
            'What is shown in place of the details.',
          ),
        ],
        responses: replies(200, 'The details, or what was asked for', reference('ServiceDetails')),
      },
    ),
    put: operation(
      'Services',
      'updateService',
      'Starts, stops or invokes a service, or updates it from an archive',
      {
        ...change('PUT'),
        responses: replies(200, 'The service, or the reply to an invoke'),
      },
    ),
    post: operation(
      'Services',
      'changeService',
      'Starts, stops or invokes a service, or updates or deploys it from an archive',
      {
        ...change('POST'),
        responses: {
          ...replies(200, 'The service, or the reply to an invoke'),
          '201': { description: 'The deployed service', schema: reference('ServiceDetails') },
        },
      },
    ),
    delete: operation('Services', 'deleteService', 'Deletes a stopped service', {
      parameters: [serviceName],
      responses: replies(200, 'Its name', reference('Deleted')),
    }),
  },
  ...Object.fromEntries(
    (['request', 'response'] as const).map((which) => [
      `/services/{serviceName}/schema/${which}`,
      {
        get: operation(
          'Services',
          which === 'request' ? 'getServiceRequestSchema' : 'getServiceResponseSchema',
          `Shows the ${which} schema of a service`,
          { parameters: [serviceName], responses: replies(200, 'The schema') },
        ),
      },
    ]),
  ),
  '/operations/getStatistics': {
    get: operation('Services', 'getServicesStatistics', 'Shows the statistics of the services', {
      parameters: [text('provider', 'query', 'Only services of the provider of this name.')],
      responses: replies(200, 'Statistics by the names of the services', reference('Statistics')),
    }),
  },
  '/api-docs': {
    get: operation('Services', 'getApiDocs', 'Shows this description', {
      responses: replies(200, 'The description'),
    }),
  },
}

const itemPaths = (
  collection: string,
  {
    tag,
    one,
    words,
    name,
    list,
    details,
  }: Readonly<Record<'tag' | 'one' | 'words' | 'name' | 'list' | 'details', string>>,
): Json => {
  const parameter = text(name, 'path', `The name of ${words}, a slash as %2F.`)
  return {
    [`/${collection}`]: {
      get: operation(tag, `get${one}s`, `Lists the ${tag}`, {
        responses: replies(200, `The ${tag}`, reference(list)),
      }),
      post: operation(tag, `install${one}`, `Deploys ${words}`, {
        consumes: ZIP,
        parameters: [status, archive('The archive.')],
        responses: replies(201, 'Its details', reference(details)),
      }),
    },
    [`/${collection}/{${name}}`]: {
      get: operation(tag, `get${one}`, `Shows ${words}`, {
        parameters: [parameter],
        responses: replies(200, 'Its details', reference(details)),
      }),
      put: operation(tag, `update${one}`, `Starts or stops ${words}, or updates it`, {
        consumes: ZIP,
        parameters: [parameter, status, archive('Nothing, or the archive of an update.')],
        responses: replies(200, 'Its details', reference(details)),
      }),
      delete: operation(tag, `delete${one}`, `Deletes ${words} that is stopped`, {
        parameters: [parameter],
        responses: replies(200, 'Its name', reference('Deleted')),
      }),
    },
  }
}

const strings = (required: ReadonlyArray<string>, optional: ReadonlyArray<string> = []): Json => ({
  type: 'object',
  required,
  properties: Object.fromEntries([...required, ...optional].map((name) => [name, TEXT])),
})

const TEXT = { type: 'string' }

const listOf = (member: string, items: Json): Json => ({
  type: 'object',
  required: [member],
  properties: { [member]: { type: 'array', items } },
})

const withMembers = (schema: Json, members: Json): Json => ({
  ...schema,
  properties: { ...(schema['properties'] as Json), ...members },
})

const definitions: Json = {
  Error: strings(['errorMessage'], ['errorDetails']),
  Deleted: strings(['name']),
  ServiceList: listOf(
    'zosConnectServices',
    strings(['ServiceName', 'ServiceDescription', 'ServiceProvider', 'ServiceURL']),
  ),
  ServiceDetails: {
    type: 'object',
    required: ['zosConnect'],
    properties: {
      zosConnect: strings(
        [
          'serviceName',
          'serviceDescription',
          'serviceProvider',
          'serviceURL',
          'serviceInvokeURL',
          'dataXformProvider',
          'serviceStatus',
        ],
        ['version'],
      ),
    },
    additionalProperties: { type: 'object' },
  },
  Statistics: {
    type: 'object',
    additionalProperties: withMembers(
      strings(['ServiceProvider', 'InvokeRequestCount', 'TimeOfRegistrationWithZosConnect']),
      { ServiceStatistics: { type: 'object' } },
    ),
  },
  ApiList: listOf('apis', strings(['name', 'description', 'adminUrl'], ['version'])),
  ApiDetails: withMembers(strings(['name', 'description', 'status', 'apiUrl'], ['version']), {
    documentation: strings(['swagger']),
    services: { type: 'array', items: strings(['name', 'uri']) },
  }),
  ApiRequesterList: listOf(
    'apiRequesters',
    strings(['name', 'description', 'status', 'connectionRef'], ['version']),
  ),
  ApiRequesterDetails: strings(
    ['name', 'description', 'status', 'apiRequesterUrl', 'connection'],
    ['version'],
  ),
}
