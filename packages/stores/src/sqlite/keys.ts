import { claimTaken, quotaExceeded, receiptExists } from '@signalbox/core/store'
import type { Claim, CommitFailure, QuotaChange, Receipt } from '@signalbox/core/store'
import type { Connection } from './database.ts'

/** What is kept under a key of its own: claims, quotas, receipts and sequences. */
export interface KeyTables {
  readonly holder: (key: string) => string | undefined
  readonly take: (claim: Claim) => CommitFailure | undefined
  readonly release: (claim: Claim) => void
  readonly count: (key: string) => number
  readonly change: (quota: QuotaChange) => CommitFailure | undefined
  readonly receipt: (key: string) => Receipt | undefined
  readonly storeReceipt: (receipt: Receipt, at: number) => CommitFailure | undefined
  readonly allocate: (sequence: string, count: number, floor: number) => number
  readonly upcoming: (sequence: string) => number | undefined
}

/** Opens the tables. */
export const keyTables = ({ one, run }: Connection): KeyTables => {
  const holder: KeyTables['holder'] = (key) => one<{ readonly holder: string }>(HOLDER, key)?.holder
  const count: KeyTables['count'] = (key) => one<{ readonly count: number }>(COUNT, key)?.count ?? 0
  const receipt: KeyTables['receipt'] = (key) => {
    const row = one<ReceiptRow>(RECEIPT, key)
    return row && toReceipt(row)
  }
  const upcoming: KeyTables['upcoming'] = (sequence) =>
    one<{ readonly next: number }>(SEQUENCE, sequence)?.next
  return {
    holder,
    take: (claim) => {
      const held = holder(claim.key)
      if (held === undefined) run(TAKE, claim.key, claim.holder)
      return held === undefined || held === claim.holder ? undefined : claimTaken(claim.key, held)
    },
    release: (claim) => {
      run(RELEASE, claim.key, claim.holder)
    },
    count,
    change: ({ key, by, limit }) => {
      const next = Math.max(0, count(key) + by)
      if (limit !== undefined && next > limit) return quotaExceeded(key, limit)
      run(CHANGE, key, next)
      return undefined
    },
    receipt,
    storeReceipt: ({ key, fingerprint, reply, expiresAt }, at) => {
      const stored = receipt(key)
      if (stored !== undefined && stored.expiresAt > at) return receiptExists(stored)
      run(STORE_RECEIPT, key, fingerprint, JSON.stringify(reply), expiresAt)
      return undefined
    },
    allocate: (sequence, size, floor) => {
      const first = Math.max(upcoming(sequence) ?? floor, floor)
      run(ALLOCATE, sequence, first + size)
      return first
    },
    upcoming,
  }
}

// -- internals

interface ReceiptRow {
  readonly key: string
  readonly fingerprint: string
  readonly reply: string
  readonly expires_at: number
}

const HOLDER = 'select holder from claim where key = ?'
const TAKE = 'insert into claim (key, holder) values (?, ?)'
const RELEASE = 'delete from claim where key = ? and holder = ?'
const COUNT = 'select count from quota where key = ?'
const CHANGE = `insert into quota (key, count) values (?, ?)
  on conflict (key) do update set count = excluded.count`
const RECEIPT = 'select key, fingerprint, reply, expires_at from receipt where key = ?'
const STORE_RECEIPT = `insert into receipt (key, fingerprint, reply, expires_at) values (?, ?, ?, ?)
  on conflict (key) do update
  set fingerprint = excluded.fingerprint, reply = excluded.reply, expires_at = excluded.expires_at`
const SEQUENCE = 'select next from sequence where name = ?'
const ALLOCATE = `insert into sequence (name, next) values (?, ?)
  on conflict (name) do update set next = excluded.next`

const toReceipt = ({ key, fingerprint, reply, expires_at }: ReceiptRow): Receipt => ({
  key,
  fingerprint,
  reply: JSON.parse(reply),
  expiresAt: expires_at,
})
