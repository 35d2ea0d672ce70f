import { ServiceName, ServiceStatus } from '@signalbox/core/gcore'
import * as t from 'io-ts'

const NullableString = t.union([t.string, t.null])
const NullableNumber = t.union([t.number, t.null])

/** A user as it is kept with its client. */
export const UserRecord = t.readonly(
  t.strict({
    id: t.number,
    email: t.string,
    name: NullableString,
    phone: NullableString,
    lang: t.string,
  }),
  'UserRecord',
)
export type UserRecord = t.TypeOf<typeof UserRecord>

/** What a client's record says of one of its services; stored with every change of the service. */
export const Standing = t.readonly(
  t.strict({
    name: ServiceName,
    id: t.number,
    status: ServiceStatus,
    enabled: t.boolean,
    /** The value of `CDN_TRIAL_TRAFFIC_LIMIT`; null for other products. */
    traffic: NullableNumber,
  }),
  'Standing',
)
export type Standing = t.TypeOf<typeof Standing>

/** An account as it is kept: a client, or a reseller's own. */
export const ClientRecord = t.readonly(
  t.strict({
    id: t.number,
    type: t.keyof({ common: null, reseller: null }),
    email: t.string,
    name: t.string,
    phone: NullableString,
    companyName: t.string,
    customId: NullableString,
    isTest: t.boolean,
    countryCode: NullableString,
    reseller: t.number,
    seller: NullableNumber,
    /** The user that made it over HTTP; null when the configuration did. */
    creator: NullableNumber,
    users: t.readonlyArray(UserRecord),
    /** Its services, ascending by id; none for a reseller's account. */
    services: t.readonlyArray(Standing),
    /** Availability that was set for the client itself, by product. */
    personal: t.readonly(t.record(t.string, t.boolean)),
    /** Ms since the epoch, like `updated`. */
    created: t.number,
    updated: t.number,
  }),
  'ClientRecord',
)
export type ClientRecord = t.TypeOf<typeof ClientRecord>
