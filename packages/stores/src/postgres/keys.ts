import type { Receipt } from '@signalbox/core/store'
import type { Connection } from './database.ts'

/** Who holds a claim. */
export const loadHolder = async ({ all }: Connection, key: string): Promise<string | undefined> =>
  (
    await all<{ readonly holder: string }>('select holder from signalbox.claim where key = ?', key)
  )[0]?.holder

/** What a counter says. */
export const loadCount = async ({ all }: Connection, key: string): Promise<number> =>
  Number(
    (
      await all<{ readonly count: string }>('select count from signalbox.quota where key = ?', key)
    )[0]?.count ?? 0,
  )

/** The reply that is stored under a key. */
export const loadReceipt = async (
  { all }: Connection,
  key: string,
): Promise<Receipt | undefined> => {
  const [row] = await all<ReceiptRow>(RECEIPT, key)
  return (
    row && {
      key: row.key,
      fingerprint: row.fingerprint,
      reply: JSON.parse(row.reply),
      expiresAt: Number(row.expires_at),
    }
  )
}

/** The number that comes next in a sequence. */
export const loadUpcoming = async (
  { all }: Connection,
  sequence: string,
): Promise<number | undefined> => {
  const [row] = await all<{ readonly next: string }>(
    'select next from signalbox.sequence where name = ?',
    sequence,
  )
  return row && Number(row.next)
}

/** Takes successive numbers; those of an answer that was lost on its way are given to nobody. */
export const allocate = async (
  { all }: Connection,
  {
    sequence,
    count,
    floor,
  }: { readonly sequence: string; readonly count: number; readonly floor: number },
): Promise<number> => {
  const [row] = await all<{ readonly first: string }>(
    ALLOCATE,
    sequence,
    floor,
    count,
    floor,
    count,
    count,
  )
  return Number(row?.first)
}

// -- internals

interface ReceiptRow {
  readonly key: string
  readonly fingerprint: string
  readonly reply: string
  readonly expires_at: string
}

const RECEIPT = `
  select key, fingerprint, reply, expires_at from signalbox.receipt where key = ?`
const ALLOCATE = `
  insert into signalbox.sequence as s (name, next) values (?, ?::bigint + ?::bigint)
  on conflict (name) do update set next = greatest(s.next, ?::bigint) + ?::bigint
  returning next - ?::bigint as first`
