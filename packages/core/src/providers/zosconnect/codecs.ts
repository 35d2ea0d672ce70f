import * as t from 'io-ts'
import { described } from '../../json-schema.ts'
import { Json, JsonObject } from '../../json.ts'

/** The three collections, which share one lifecycle. */
export const Kind = t.keyof({ service: null, api: null, apiRequester: null }, 'Kind')
export type Kind = t.TypeOf<typeof Kind>

/**
 * A status as the wire spells it. A setting of the plugin may show another word in place of `Unknown`.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html
 */
export const WireStatus = t.keyof({ Started: null, Stopped: null, Unknown: null }, 'WireStatus')
export type WireStatus = t.TypeOf<typeof WireStatus>

/** A status as events and providers say it. */
export const Status = t.keyof({ started: null, stopped: null, unknown: null }, 'Status')
export type Status = t.TypeOf<typeof Status>

/** A status that can be asked for: the value of the query's `status`. */
export const DesiredStatus = t.keyof({ started: null, stopped: null }, 'DesiredStatus')
export type DesiredStatus = t.TypeOf<typeof DesiredStatus>

/** Who decides after a restart: the provider's present status, or the status last commanded. */
export const RestartPolicy = t.keyof({ provider: null, last: null }, 'RestartPolicy')
export type RestartPolicy = t.TypeOf<typeof RestartPolicy>

const NAME = /^[A-Za-z0-9._~@$-]+(?:\/[A-Za-z0-9._~@$-]+)*$/
const RESERVED: ReadonlyArray<string> = ['zosConnect', '__proto__']

const isName = (u: unknown): u is string =>
  typeof u === 'string' &&
  u.length <= 128 &&
  NAME.test(u) &&
  !RESERVED.includes(u) &&
  u.split('/').every((segment) => segment !== '.' && segment !== '..')

/**
 * The name of a service, an API or an API requester: at most 128 characters, segments of unreserved characters joined
 * by `/`, and neither the member `zosConnect` that stands beside it in a reply nor `__proto__`.
 */
export const Name = described(
  new t.Type<string, string, unknown>(
    'Name',
    isName,
    (u, c) => (isName(u) ? t.success(u) : t.failure(u, c)),
    t.identity,
  ),
  {
    type: 'string',
    maxLength: 128,
    pattern:
      '^(?!(?:zosConnect|__proto__)$)(?!(?:.*/)?\\.{1,2}(?:/|$))[A-Za-z0-9._~@$\\-]+(?:/[A-Za-z0-9._~@$\\-]+)*$',
  },
)
export type Name = t.TypeOf<typeof Name>

/** A property of a service in the manifest; the value of a FILE is a path in the archive. */
export const ProviderProperty = t.readonly(
  t.strict({
    propertyName: t.string,
    value: t.string,
    type: t.keyof({ STRING: null, FILE: null }),
  }),
  'ProviderProperty',
)
export type ProviderProperty = t.TypeOf<typeof ProviderProperty>

/** Where the manifest says that a schema is: a `file:///` URL or a path, inside the archive. */
export const SchemaReference = t.readonly(
  t.strict({ value: t.string, type: t.literal('JSONSchema') }),
  'SchemaReference',
)
export type SchemaReference = t.TypeOf<typeof SchemaReference>

/**
 * The manifest of a service archive once its YAML is parsed with all scalars as strings; other keys are ignored.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/deploy_service.html
 */
export const Manifest = t.readonly(
  t.exact(
    t.intersection([
      t.type({ name: Name, provider: t.string }),
      t.partial({
        'Manifest-Version': t.literal('1.0'),
        description: t.string,
        version: t.string,
        requestSchema: SchemaReference,
        responseSchema: SchemaReference,
        providerProperties: t.readonlyArray(ProviderProperty),
        providerObjects: t.readonlyArray(Json),
      }),
    ]),
  ),
  'Manifest',
)
export type Manifest = t.TypeOf<typeof Manifest>

// A parser leaves an element without attributes and content as an empty string.
const element = <C extends t.Mixed>(content: C): t.UnionC<[C, t.LiteralC<''>]> =>
  t.union([content, t.literal('')])

/**
 * The `package.xml` of an API or API requester archive once parsed: attributes are members by their own name, the text
 * of an element is `#text`, values stay strings, and `path`, `method` and `apiDoc` are lists. The rest is ignored.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/update_api.html
 */
export const PackageXml = t.readonly(
  t.strict({
    zosConnectApi: t.exact(
      t.intersection([
        t.type({
          id: Name,
          apiSpec: t.exact(
            t.partial({
              basePath: t.string,
              description: t.string,
              version: t.string,
              connectionRef: t.string,
              path: t.readonlyArray(
                element(
                  t.exact(
                    t.partial({
                      method: t.readonlyArray(
                        element(t.exact(t.partial({ zosConnectServiceRef: t.string }))),
                      ),
                    }),
                  ),
                ),
              ),
              apiDoc: t.readonlyArray(
                t.union([t.string, t.exact(t.partial({ docType: t.string, '#text': t.string }))]),
              ),
            }),
          ),
        }),
        t.partial({ packageType: t.string }),
      ]),
    ),
  }),
  'PackageXml',
)
export type PackageXml = t.TypeOf<typeof PackageXml>

/** The stored archive of a definition: the id of its record, and the hash of its bytes in hexadecimal. */
export const Archive = t.readonly(t.strict({ id: t.string, sha256: t.string }), 'Archive')
export type Archive = t.TypeOf<typeof Archive>

const common = {
  name: Name,
  /** Empty when the archive says none. */
  description: t.string,
  version: t.union([t.string, t.null]),
  archive: Archive,
}

/** What a service archive defines; `provider` is the manifest's word, which selects the factory. */
export const ServiceDefinition = t.readonly(
  t.strict({
    kind: t.literal('service'),
    ...common,
    provider: t.string,
    properties: t.readonlyArray(ProviderProperty),
    objects: t.readonlyArray(Json),
    requestSchema: t.union([JsonObject, t.null]),
    responseSchema: t.union([JsonObject, t.null]),
  }),
  'ServiceDefinition',
)
export type ServiceDefinition = t.TypeOf<typeof ServiceDefinition>

/** What an API archive defines; its services need not be installed. */
export const ApiDefinition = t.readonly(
  t.strict({
    kind: t.literal('api'),
    ...common,
    basePath: t.string,
    services: t.readonlyArray(t.string),
    /** Path of the Swagger file in the archive. */
    swagger: t.union([t.string, t.null]),
  }),
  'ApiDefinition',
)
export type ApiDefinition = t.TypeOf<typeof ApiDefinition>

/** What an API requester archive defines. */
export const ApiRequesterDefinition = t.readonly(
  t.strict({
    kind: t.literal('apiRequester'),
    ...common,
    basePath: t.union([t.string, t.null]),
    connectionRef: t.union([t.string, t.null]),
  }),
  'ApiRequesterDefinition',
)
export type ApiRequesterDefinition = t.TypeOf<typeof ApiRequesterDefinition>

/** What an archive defines. */
export const Definition = t.union(
  [ServiceDefinition, ApiDefinition, ApiRequesterDefinition],
  'Definition',
)
export type Definition = t.TypeOf<typeof Definition>

/** Why something is refused or failed, by name; `errorText` has the words and a plugin the status codes. */
export const ErrorCode = t.keyof(
  {
    'unknown-status': null,
    'unknown-action': null,
    'bad-query': null,
    'bad-path': null,
    'bad-host': null,
    'bad-preference': null,
    unrehearsable: null,
    'payload-invalid': null,
    'archive-missing': null,
    'archive-invalid': null,
    unauthenticated: null,
    forbidden: null,
    'secure-required': null,
    'unknown-service': null,
    'unknown-api': null,
    'unknown-api-requester': null,
    'no-resource': null,
    'method-not-allowed': null,
    'service-started': null,
    'already-deployed': null,
    'name-mismatch': null,
    'configured-service': null,
    'base-path-taken': null,
    'too-large': null,
    'unsupported-media-type': null,
    'internal-error': null,
    'provider-unsupported': null,
    'service-stopped': null,
    'service-unknown': null,
    'no-driver': null,
    'timed-out': null,
    busy: null,
    unavailable: null,
    'outstanding-requests': null,
    'api-stopped': null,
    'api-not-executable': null,
  },
  'ErrorCode',
)
export type ErrorCode = t.TypeOf<typeof ErrorCode>

/** A call of a service provider. */
export const Operation = t.keyof(
  { register: null, start: null, stop: null, update: null, deregister: null },
  'Operation',
)
export type Operation = t.TypeOf<typeof Operation>

/** Which call failed and why: a number is the provider's own word, a name is the host's. */
export const Problem = t.readonly(
  t.strict({
    /** Null when the failure came without saying. */
    operation: t.union([Operation, t.null]),
    code: t.union([t.Integer, ErrorCode]),
    message: t.string,
  }),
  'Problem',
)
export type Problem = t.TypeOf<typeof Problem>

const contextOf = <K extends Kind, D extends Definition>(
  kind: t.Type<K, unknown>,
  definition: t.Type<D, unknown>,
  name: string,
) =>
  t.readonly(
    t.strict({
      kind,
      definition,
      /** The status last commanded. */
      desired: DesiredStatus,
      /** The definition that an update is about to put in place, with the status wanted after it. */
      candidate: t.union([definition, t.null]),
      after: t.union([DesiredStatus, t.null]),
      /** The last failure since the provider last said that all is well. */
      problem: t.union([Problem, t.null]),
      /** The status last known. */
      status: Status,
    }),
    name,
  )

/** What the machine remembers of a service. */
export const ServiceContext = contextOf(t.literal('service'), ServiceDefinition, 'ServiceContext')
export type ServiceContext = t.TypeOf<typeof ServiceContext>

/** What the machine remembers of an API. */
export const ApiContext = contextOf(t.literal('api'), ApiDefinition, 'ApiContext')
export type ApiContext = t.TypeOf<typeof ApiContext>

/** What the machine remembers of an API requester. */
export const ApiRequesterContext = contextOf(
  t.literal('apiRequester'),
  ApiRequesterDefinition,
  'ApiRequesterContext',
)
export type ApiRequesterContext = t.TypeOf<typeof ApiRequesterContext>

/** What the machine remembers, whatever the kind. */
export const ArtefactContext = contextOf(Kind, Definition, 'ArtefactContext')
export type ArtefactContext = t.TypeOf<typeof ArtefactContext>

/**
 * One service in the list; only here are the keys capitalised.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/deploy_service.html
 */
export const ServiceListEntry = t.readonly(
  t.strict({
    ServiceName: t.string,
    ServiceDescription: t.string,
    ServiceProvider: t.string,
    ServiceURL: t.string,
  }),
  'ServiceListEntry',
)
export type ServiceListEntry = t.TypeOf<typeof ServiceListEntry>

/**
 * The list of services.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/deploy_service.html
 */
export const ServiceList = t.readonly(
  t.strict({ zosConnectServices: t.readonlyArray(ServiceListEntry) }),
  'ServiceList',
)
export type ServiceList = t.TypeOf<typeof ServiceList>

/**
 * The member `zosConnect` of a service's replies. The URLs are absolute, which the clients since 4.1 need.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html
 */
export const ServiceSummary = t.readonly(
  t.exact(
    t.intersection([
      t.type({
        serviceName: t.string,
        serviceDescription: t.string,
        serviceProvider: t.string,
        serviceURL: t.string,
        serviceInvokeURL: t.string,
        dataXformProvider: t.string,
        serviceStatus: t.string,
      }),
      t.partial({ version: t.string }),
    ]),
  ),
  'ServiceSummary',
)
export type ServiceSummary = t.TypeOf<typeof ServiceSummary>

/**
 * The reply to a change or a question of status: the first member alone.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html
 */
export const ServiceStatus = t.readonly(t.strict({ zosConnect: ServiceSummary }), 'ServiceStatus')
export type ServiceStatus = t.TypeOf<typeof ServiceStatus>

/**
 * The details of a service: `zosConnect`, and beside it a member that bears the service's name.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/update_service.html
 */
export const ServiceDetails = t.intersection(
  [t.type({ zosConnect: ServiceSummary }), t.record(t.string, JsonObject)],
  'ServiceDetails',
)
export type ServiceDetails = t.TypeOf<typeof ServiceDetails>

/** Statistics by the name of the service; the count is a string, as IBM's samples have it. */
export const ServiceStatistics = t.record(
  t.string,
  t.strict({
    ServiceProvider: t.string,
    InvokeRequestCount: t.string,
    TimeOfRegistrationWithZosConnect: t.string,
    ServiceStatistics: JsonObject,
  }),
  'ServiceStatistics',
)
export type ServiceStatistics = t.TypeOf<typeof ServiceStatistics>

/**
 * The list of APIs.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/update_api.html
 */
export const ApiList = t.readonly(
  t.strict({
    apis: t.readonlyArray(
      t.exact(
        t.intersection([
          t.type({ name: t.string, description: t.string, adminUrl: t.string }),
          t.partial({ version: t.string }),
        ]),
      ),
    ),
  }),
  'ApiList',
)
export type ApiList = t.TypeOf<typeof ApiList>

/**
 * The details of an API, also the reply to every change of one.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/get_swagger.html
 */
export const ApiDetails = t.readonly(
  t.exact(
    t.intersection([
      t.type({
        name: t.string,
        description: t.string,
        status: t.string,
        apiUrl: t.string,
        documentation: t.strict({ swagger: t.string }),
        services: t.readonlyArray(t.strict({ name: t.string, uri: t.string })),
      }),
      t.partial({ version: t.string }),
    ]),
  ),
  'ApiDetails',
)
export type ApiDetails = t.TypeOf<typeof ApiDetails>

/**
 * The list of API requesters; here the connection is called `connectionRef`.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/update_api.html
 */
export const ApiRequesterList = t.readonly(
  t.strict({
    apiRequesters: t.readonlyArray(
      t.exact(
        t.intersection([
          t.type({
            name: t.string,
            description: t.string,
            status: t.string,
            connectionRef: t.string,
          }),
          t.partial({ version: t.string }),
        ]),
      ),
    ),
  }),
  'ApiRequesterList',
)
export type ApiRequesterList = t.TypeOf<typeof ApiRequesterList>

/**
 * The details of an API requester; here the connection is called `connection`.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/update_api.html
 */
export const ApiRequesterDetails = t.readonly(
  t.exact(
    t.intersection([
      t.type({
        name: t.string,
        description: t.string,
        status: t.string,
        apiRequesterUrl: t.string,
        connection: t.string,
      }),
      t.partial({ version: t.string }),
    ]),
  ),
  'ApiRequesterDetails',
)
export type ApiRequesterDetails = t.TypeOf<typeof ApiRequesterDetails>

/**
 * The reply to a deletion.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/deploy_service.html
 */
export const Deleted = t.readonly(t.strict({ name: t.string }), 'Deleted')
export type Deleted = t.TypeOf<typeof Deleted>

/**
 * The body of an error; both texts are escaped for HTML.
 *
 * @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html
 */
export const ErrorBody = t.readonly(
  t.exact(
    t.intersection([t.type({ errorMessage: t.string }), t.partial({ errorDetails: t.string })]),
  ),
  'ErrorBody',
)
export type ErrorBody = t.TypeOf<typeof ErrorBody>
