import * as t from 'io-ts'
import { described } from '../../json-schema.ts'
import { struct } from '../../struct.ts'
import { wholeNumber } from '../../whole-number.ts'

const isInteger = (u: unknown): u is number => Number.isSafeInteger(u)

/** A whole number that JSON carries unharmed, such as an id. */
export const Integer = described(
  new t.Type<number, number, unknown>(
    'integer',
    isInteger,
    (u, c) => (isInteger(u) ? t.success(u) : t.failure(u, c)),
    t.identity,
  ),
  { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
)
export type Integer = t.TypeOf<typeof Integer>

/** The products; a client has one service of each, made in this order. */
export const ServiceName = t.keyof(
  { CDN: null, STORAGE: null, STREAMING: null, DNS: null, DDOS: null, CLOUD: null },
  'ServiceName',
)
export type ServiceName = t.TypeOf<typeof ServiceName>

/** Where a client's service stands. */
export const ServiceStatus = t.keyof(
  {
    new: null,
    trial: null,
    trialend: null,
    active: null,
    paused: null,
    activating: null,
    deleted: null,
  },
  'ServiceStatus',
)
export type ServiceStatus = t.TypeOf<typeof ServiceStatus>

/** How the string in an option's `value` is to be read. */
export const OptionValueType = t.keyof(
  { int: null, bool: null, utctimestamp: null, json: null, str: null },
  'OptionValueType',
)
export type OptionValueType = t.TypeOf<typeof OptionValueType>

/** One option of a service as clients see it; `id` is null until another value than the default was written. */
export const ServiceOption = t.readonly(
  t.strict({
    id: t.union([Integer, t.null]),
    value: t.string,
    value_type: OptionValueType,
    name: t.string,
    category: t.keyof({ trial: null, status_transition: null }),
    description: t.string,
    title: t.string,
  }),
  'ServiceOption',
)
export type ServiceOption = t.TypeOf<typeof ServiceOption>

/**
 * A service as clients see it; instants are UTC with microseconds and `Z`.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const ClientService = t.readonly(
  t.strict({
    id: Integer,
    name: ServiceName,
    client: Integer,
    status: ServiceStatus,
    previous_status: ServiceStatus,
    status_changed_at: t.string,
    start: t.string,
    deleted_date: t.union([t.string, t.null]),
    enabled: t.boolean,
    options: t.readonlyArray(ServiceOption),
    status_transition_options: t.readonlyArray(ServiceOption),
  }),
  'ClientService',
)
export type ClientService = t.TypeOf<typeof ClientService>

/** An option in a request: found by its name, else by its id; its other members are ignored. */
export const WriteOption = t.readonly(
  t.intersection([
    t.type({ value: t.string }),
    t.partial({ name: t.union([t.string, t.null]), id: t.union([Integer, t.null]) }),
  ]),
  'WriteOption',
)
export type WriteOption = t.TypeOf<typeof WriteOption>

/**
 * The documented body of a PATCH; unknown and read-only members are ignored. `readWrite` judges real bodies, since it
 * knows the vendor's error texts and which options a service has.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const PatchService = t.readonly(
  t.partial({
    status: ServiceStatus,
    enabled: t.boolean,
    options: t.readonlyArray(WriteOption),
    status_transition_options: t.readonlyArray(WriteOption),
  }),
  'PatchService',
)
export type PatchService = t.TypeOf<typeof PatchService>

/**
 * The documented body of a PUT: as for a PATCH, but with a status.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const PutService = t.readonly(
  t.intersection([t.type({ status: ServiceStatus }), PatchService]),
  'PutService',
)
export type PutService = t.TypeOf<typeof PutService>

/** What is kept of a service beside its status; instants and spans are in ms. */
export const ServiceContext = t.readonly(
  t.strict({
    id: t.number,
    name: ServiceName,
    client: t.number,
    previousStatus: ServiceStatus,
    statusChangedAt: t.number,
    /** Creation, overwritten once by the first trial. */
    start: t.number,
    /** When it will become `deleted`; null except in `trialend` and `paused`. */
    deletedDate: t.union([t.number, t.null]),
    enabled: t.boolean,
    /** Values by name, of those options only to which another value than the default was ever written. */
    options: t.readonly(t.record(t.string, t.string)),
    trialStarted: t.boolean,
    /** When the running stretch of the trial began; of no meaning outside `trial`. */
    trialSince: t.number,
    /** What earlier stretches of the trial have used up. */
    trialSpent: t.number,
    provisioned: t.boolean,
    /** When the service was suspended, from which retention counts. */
    retentionFrom: t.union([t.number, t.null]),
    /** The billing run that paused the service last; null when a person did. */
    batch: t.union([t.string, t.null]),
  }),
  'ServiceContext',
)
export type ServiceContext = t.TypeOf<typeof ServiceContext>

/** How long one product's phases last, where it differs from the vendor's published terms. */
export const ProductTerms = struct(
  {},
  {
    /** 0 offers none. */
    trialDays: wholeNumber({ least: 0, most: 3650 }),
    /** From suspension to deletion, for `trialend` and `paused` alike. */
    retentionDays: wholeNumber({ least: 1, most: 3650 }),
    /** 0 activates at once. */
    activationMinutes: wholeNumber({ least: 0, most: 5_256_000 }),
  },
  'ProductTerms',
)
export type ProductTerms = t.TypeOf<typeof ProductTerms>

/** The settings on which the lifecycle depends: terms by product. */
export const GcoreSettings = struct(
  {},
  {
    services: struct(
      {},
      {
        CDN: ProductTerms,
        STORAGE: ProductTerms,
        STREAMING: ProductTerms,
        DNS: ProductTerms,
        DDOS: ProductTerms,
        CLOUD: ProductTerms,
      },
    ),
  },
  'GcoreSettings',
)
export type GcoreSettings = t.TypeOf<typeof GcoreSettings>
