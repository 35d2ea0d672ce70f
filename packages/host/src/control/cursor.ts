import type { Page } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** A place in a row of sources: the source's key and, within it, the cursor of the store. */
export interface Place {
  readonly source: string
  readonly after: string | undefined
}

/** Spells a place for URLs. */
const spellPlace = ({ source, after }: Place): string => {
  const bytes = new TextEncoder().encode(JSON.stringify([source, after ?? null]))
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Reads a place, or undefined when it is none. */
export const readPlace = (text: string): Place | undefined => {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.codePointAt(0) ?? 0)
    const read = Spelled.decode(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
    if (E.isLeft(read)) return undefined
    const [source, after] = read.right
    return { source, after: after ?? undefined }
  } catch {
    return undefined
  }
}

/** One of the lists that a page is read from; `key` is its place in the order. */
export interface Source<L, A> {
  readonly key: string
  readonly page: (after: string | undefined, limit: number) => Promise<E.Either<L, Page<A>>>
}

/** Reads a page over several lists, one after another in the order of their keys. */
export const pageOver = async <L, A>(
  sources: ReadonlyArray<Source<L, A>>,
  from: Place | undefined,
  limit: number,
): Promise<E.Either<L, Page<A>>> => {
  const items: Array<A> = []
  const ordered = sources.toSorted((one, other) => (one.key < other.key ? -1 : 1))
  for (const { key, page } of ordered) {
    if (from !== undefined && key < from.source) continue
    let after = from?.source === key ? from.after : undefined
    do {
      // A full page ends before the next list is looked at: what comes is told from there.
      if (items.length === limit)
        return E.right({ items, next: spellPlace({ source: key, after }) })
      const read = await page(after, limit - items.length)
      if (E.isLeft(read)) return read
      items.push(...read.right.items)
      after = read.right.next
    } while (after !== undefined)
  }
  return E.right({ items, next: undefined })
}

// -- internals

const Spelled = t.tuple([t.string, t.union([t.string, t.null])])
