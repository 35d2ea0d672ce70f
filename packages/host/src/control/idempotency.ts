import type { Receipt } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Reply } from '../reply.ts'
import { failureReply, invalid, trouble } from './problems.ts'
import type { Site } from './site.ts'

/** Knows requests again that carry an `Idempotency-Key`. */
export interface Idempotency {
  /**
   * Answers a request once: the stored reply when it has succeeded before, a problem when it runs or when the key was used
   * for another one, and otherwise what `work` answers. Only what succeeds is kept, by the receipt that `work` stores.
   */
  readonly once: (
    request: {
      readonly caller: string
      /** Without one it is answered whenever it comes. */
      readonly key: string | undefined
      readonly said: unknown
    },
    work: (receipt: ReceiptMaker | undefined) => Promise<Reply>,
  ) => Promise<Reply>
}

/** The key that a request carries, if it does. @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
export const keyOf = (headers: Headers): E.Either<Reply, string | undefined> => {
  const given = headers.get('idempotency-key')
  const key = given === null ? undefined : KEY.exec(given)?.[1]
  return given !== null && key === undefined
    ? E.left(
        invalid([{ header: 'idempotency-key', rule: '1 to 255 printable characters expected' }]),
      )
    : E.right(key)
}

/** Spells what is part of a request that carries a key; no key of a request is spelled so. */
export const partOf = (key: string | undefined, part: string): string | undefined =>
  key === undefined ? undefined : `${key} ${part}`

/** Makes the receipt of a reply that is about to be given. */
export type ReceiptMaker = (reply: Reply) => Receipt

/** Makes the memory of one host: what has succeeded lies in the store, what runs is known here. */
export const createIdempotency = ({ store, clock }: Pick<Site, 'store' | 'clock'>): Idempotency => {
  const running = new Set<string>()

  const replay = async (key: string, fingerprint: string): Promise<Reply | undefined> => {
    const found = await ask(store.receipt(key))
    if (E.isLeft(found)) return failureReply(found.left)
    const receipt = found.right
    if (receipt === undefined || receipt.expiresAt <= clock.now()) return undefined
    if (receipt.fingerprint !== fingerprint)
      return trouble('idempotency-mismatch', 'This key was used for another request.')
    const stored = Stored.decode(receipt.reply)
    return E.isLeft(stored) ? undefined : stored.right
  }

  return {
    once: async ({ caller, key: name, said }, work) => {
      if (name === undefined) return work(undefined)
      const key = `control/${encodeURIComponent(caller)}/${name}`
      const fingerprint = await digestOf(said)
      if (running.has(key))
        return trouble('idempotency-running', 'A request with this key is being worked on.', {
          headers: { 'retry-after': '1' },
        })
      running.add(key)
      try {
        const before = await replay(key, fingerprint)
        if (before !== undefined) return before
        const reply = await work(({ status, headers: sent = {}, body = '' }) => ({
          key,
          fingerprint,
          reply: { status, headers: sent as Record<string, string>, body: String(body) },
          expiresAt: clock.now() + KEPT_MS,
        }))
        // Another host was quicker: what it has stored is the answer.
        return (reply.status < 300 ? undefined : await replay(key, fingerprint)) ?? reply
      } finally {
        running.delete(key)
      }
    },
  }
}

// -- internals

const KEPT_MS = 86_400_000

// A string of structured fields, or the bare characters that most clients send. Its quotes are no part of it.
const KEY = /^"?([\x21\x23-\x7e]{1,255})"?$/

const Stored = t.strict({ status: t.number, headers: t.record(t.string, t.string), body: t.string })

const digestOf = async (said: unknown): Promise<string> => {
  const bytes = new TextEncoder().encode(JSON.stringify(sorted(said)))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

// The same members in another order say the same.
const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}
