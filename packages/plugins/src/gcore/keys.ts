import type { DocumentWrite } from '@signalbox/core/store'
import type { Document } from '@signalbox/core/store'
import type { Clock, Failure, Services } from '@signalbox/host'
import { fault } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { sameText, sha256Hex, toHex } from './passwords.ts'

/** A key as it is kept: its secret only as SHA-256. Instants are in ms since the epoch. */
export const KeyRecord = t.readonly(
  t.strict({
    id: t.number,
    client: t.number,
    name: t.string,
    description: t.string,
    expires: t.union([t.number, t.null]),
    deleted: t.boolean,
    created: t.number,
    lastUsage: t.union([t.number, t.null]),
    hash: t.string,
    issuer: t.number,
    /** The account that the issuer belonged to, and whether it is one of the configuration's principals. */
    issuerClient: t.number,
    role: t.number,
  }),
  'KeyRecord',
)
export type KeyRecord = t.TypeOf<typeof KeyRecord>

/** A key with the revision of its record. */
interface HeldKey {
  readonly record: KeyRecord
  readonly revision: number
}

type Write = Omit<DocumentWrite, 'provider'>

/** The keys that were made over HTTP. */
export interface Keys {
  readonly find: (id: number) => Promise<E.Either<Failure, HeldKey | undefined>>
  /** Every key of an account, ascending by id. */
  readonly all: (client: number) => Promise<E.Either<Failure, ReadonlyArray<KeyRecord>>>
  /** What opens a key that is about to be made, and its hash. */
  readonly secret: () => Promise<{ readonly secret: string; readonly hash: string }>
  /** Tells whether it is the key's secret. */
  readonly opens: (record: KeyRecord, secret: string) => Promise<boolean>
  /** Tells whether a key is of use at this moment. */
  readonly isLive: (record: KeyRecord) => boolean
  /** Notes that a key was used. */
  readonly use: (held: HeldKey) => Promise<E.Either<Failure, void>>
  /** The record of a key, over a revision. */
  readonly write: (record: KeyRecord, expected: number) => Write
}

/** Makes the keeper of keys. */
export const createKeys = (services: Services, clock: Clock): Keys => {
  const write: Keys['write'] = (record, expected) => ({
    kind: 'key',
    id: padded(record.id),
    tenant: String(record.client),
    body: record,
    expected,
  })
  return {
    find: async (id) => {
      const stored = await services.document('key', padded(id))()
      if (E.isLeft(stored) || stored.right === undefined) return E.map(() => undefined)(stored)
      return read(stored.right)
    },
    all: async (client) => {
      const keys: Array<KeyRecord> = []
      for (let after: string | undefined; ;) {
        const page = await services.documents({
          kind: 'key',
          tenant: String(client),
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        })()
        if (E.isLeft(page)) return page
        for (const document of page.right.items) {
          const held = read(document)
          if (E.isLeft(held)) return held
          keys.push(held.right.record)
        }
        if (page.right.next === undefined) return E.right(keys)
        after = page.right.next
      }
    },
    secret: async () => {
      const secret = toHex(crypto.getRandomValues(new Uint8Array(32)))
      return { secret, hash: await sha256Hex(secret) }
    },
    opens: async ({ hash }, secret) => sameText(await sha256Hex(secret), hash),
    isLive: ({ deleted, expires }) => !deleted && (expires === null || clock.now() < expires),
    use: async ({ record, revision }) => {
      const now = clock.now()
      // One write a second tells enough, and a key that is used all the time stays cheap.
      if (record.lastUsage !== null && now - record.lastUsage < USAGE_MS) return E.right(undefined)
      const written = await services.write([write({ ...record, lastUsage: now }, revision)])()
      return E.isLeft(written) && written.left._tag === 'DocumentConflict'
        ? E.right(undefined)
        : written
    },
    write,
  }
}

// -- internals

const PAGE = 500
const USAGE_MS = 1000

// Lists go by code point: ids of one length ascend as numbers.
const padded = (id: number): string => String(id).padStart(16, '0')

const read = ({ body, revision }: Document): E.Either<Failure, HeldKey> => {
  const record = KeyRecord.decode(body)
  return E.isLeft(record)
    ? E.left(fault('a stored key cannot be read'))
    : E.right({ record: record.right, revision })
}
