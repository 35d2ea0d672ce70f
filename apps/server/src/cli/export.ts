import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Writable } from 'node:stream'
import type { JsonObject, State } from '@signalbox/core'
import type { Page, PendingEffect, Store, StoreFailure } from '@signalbox/core/store'
import type { Inventory } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { trouble } from './failure.ts'
import type { Ending } from './context.ts'
import { FORMAT } from './export-line.ts'
import type { Line, Work } from './export-line.ts'
import { showProgress } from './progress.ts'
import { openReadOnly } from './read-only.ts'

/** Writes all that a store's file holds at one moment as NDJSON, to a file or to standard output. */
export const exportStore = async (store: string, out: string | undefined): Ending => {
  const opened = openReadOnly(store, { still: true })
  if (E.isLeft(opened)) return opened
  const progress = showProgress('exported')
  const counts: Record<string, number> = {}
  try {
    const stream =
      out === undefined ? process.stdout : createWriteStream(out, { flags: 'wx', mode: 0o600 })
    const write = async (line: unknown): Promise<void> => {
      if (!stream.write(`${JSON.stringify(line)}\n`)) await drained(stream)
    }
    const at = new Date().toISOString()
    await write({ header: { format: 'signalbox-export', version: FORMAT, at } })
    for await (const { kind, value } of linesOf(opened.right.store, opened.right.inventory)) {
      await write({ [kind]: value })
      counts[kind] = (counts[kind] ?? 0) + 1
      progress.count(kind)
    }
    await write({ end: counts })
    if (stream !== process.stdout) {
      stream.end()
      await finished(stream)
    }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return E.left(trouble('failed', `${out ?? 'standard output'}: ${why}`))
  } finally {
    await opened.right.store.close()()
  }
  progress.end()
  return E.right(undefined)
}

// -- internals

const PAGE = 500

const drained = async (stream: Writable): Promise<void> => {
  if (stream.destroyed || !stream.writable) throw new Error('nobody reads any more')
  await Promise.race([
    once(stream, 'drain'),
    once(stream, 'close').then(() => {
      throw new Error('nobody reads any more')
    }),
  ])
}

async function* linesOf(store: Store, inventory: Inventory): AsyncGenerator<Line> {
  for (const value of inventory.sequences()) yield { kind: 'sequence', value }
  for (const of of inventory.kinds())
    for await (const { provider, kind, id, tenant, body } of pages((after) =>
      store.documents({ ...of, limit: PAGE, ...after }),
    ))
      yield { kind: 'document', value: { provider, kind, id, tenant, body: body as JsonObject } }
  for (const value of byKey(inventory.claims)) yield { kind: 'claim', value }
  for (const value of byKey(inventory.quotas)) yield { kind: 'quota', value }
  for await (const effect of pages((after) => store.effects({ limit: PAGE, ...after })))
    yield { kind: 'effect', value: workOf(effect) }
  for (const provider of inventory.providers())
    for await (const value of pages((after) =>
      store.list({ provider, done: 'include', limit: PAGE, ...after }),
    ))
      yield { kind: 'state', value: value as State }
  let after: string | undefined
  for (let more = true; more;) {
    const page = must(await store.journal({ limit: PAGE, ...(after !== undefined && { after }) })())
    for (const { cursor: _cursor, ...value } of page.entries) yield { kind: 'journal', value }
    after = page.cursor
    more = page.more
  }
  for (const value of byKey(inventory.receipts)) yield { kind: 'receipt', value }
}

const workOf = ({ effect, work, notBefore, error }: PendingEffect): Work => ({
  effect,
  work,
  at: notBefore,
  ...(error !== undefined && { error }),
})

function* byKey<A extends { readonly key: string }>(
  read: (after: string, limit: number) => ReadonlyArray<A>,
): Generator<A> {
  let after = ''
  for (;;) {
    const page = read(after, PAGE)
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last.key
  }
}

async function* pages<A>(
  read: (after: { readonly after?: string }) => () => Promise<E.Either<StoreFailure, Page<A>>>,
): AsyncGenerator<A> {
  let next: string | undefined
  do {
    const page = must(await read(next === undefined ? {} : { after: next })())
    yield* page.items
    next = page.next
  } while (next !== undefined)
}

const must = <A>(answered: E.Either<StoreFailure, A>): A => {
  if (E.isRight(answered)) return answered.right
  const { left } = answered
  throw new Error('message' in left ? String(left.message) : left._tag)
}
