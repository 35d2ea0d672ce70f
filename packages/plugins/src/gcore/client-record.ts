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

/** An account as it is kept: a client, or a reseller's own. What follows from its services is not in it. */
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
    /** The ids of its services by product; none for a reseller's account. */
    services: t.readonly(t.record(t.string, t.number)),
    /** Ms since the epoch, like `updated`. */
    created: t.number,
    updated: t.number,
  }),
  'ClientRecord',
)
export type ClientRecord = t.TypeOf<typeof ClientRecord>
