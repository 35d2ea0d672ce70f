import type { Receipt } from '@signalbox/core/store'
import type { Inventory } from '../inventory.ts'
import type { Connection } from './database.ts'

/** Opens the inventory of a file. */
export const inventoryOf = ({ all }: Connection): Inventory => ({
  providers: () => all<{ readonly provider: string }>(PROVIDERS).map(({ provider }) => provider),
  kinds: () => all<Kind>(KINDS).map(({ provider, kind }) => ({ provider, kind })),
  sequences: () => all<Sequence>(SEQUENCES).map(({ name, next }) => ({ name, next })),
  claims: (after, limit) =>
    all<Claim>(CLAIMS, after, limit).map(({ key, holder }) => ({ key, holder })),
  quotas: (after, limit) =>
    all<Quota>(QUOTAS, after, limit).map(({ key, count }) => ({ key, count })),
  receipts: (after, limit) =>
    all<ReceiptRow>(RECEIPTS, after, limit).map(
      ({ key, fingerprint, reply, expires_at }): Receipt => ({
        key,
        fingerprint,
        reply: JSON.parse(reply),
        expiresAt: expires_at,
      }),
    ),
})

// -- internals

interface Kind {
  readonly provider: string
  readonly kind: string
}

interface Sequence {
  readonly name: string
  readonly next: number
}

interface Claim {
  readonly key: string
  readonly holder: string
}

interface Quota {
  readonly key: string
  readonly count: number
}

interface ReceiptRow {
  readonly key: string
  readonly fingerprint: string
  readonly reply: string
  readonly expires_at: number
}

const PROVIDERS = 'select distinct provider from state order by provider'
const KINDS = 'select distinct provider, kind from document order by provider, kind'
const SEQUENCES = 'select name, next from sequence order by name'
const CLAIMS = 'select key, holder from claim where key > ? order by key limit ?'
const QUOTAS = 'select key, count from quota where key > ? order by key limit ?'
const RECEIPTS = `select key, fingerprint, reply, expires_at from receipt
  where key > ? order by key limit ?`
