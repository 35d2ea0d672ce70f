import type { JsonObject } from '@signalbox/core'
import { expect, it } from 'vitest'
import {
  answer,
  commitOf,
  deadlineOf,
  effectOf,
  entryOf,
  everyPage,
  leaseAt,
  refOf,
  stand,
  stateOf,
  writing,
} from './given.ts'
import type { Given } from './given.ts'

// Each is one id; in ascending order of code points, which is neither that of UTF-16 units nor any language's.
const ascending = [
  ' ',
  '"quoted"',
  '%2F',
  "'; drop table state; --",
  '..%2f/../..',
  '10',
  '9',
  'A',
  'Z',
  '[a]',
  'a',
  'a b/c?d=e&f#g',
  'aa',
  'a\u0308',
  'a\u{1f600}',
  'z',
  '\u00e4',
  '\u05d0\u05d1\u200f',
  '\u0645\u0631\u062d\u0628\u0627',
  '\u202eright to left',
  '\u4e2d\u6587',
  '\ufb00',
  '\uffee',
  '\u{10000}',
  '\u{1f600}',
  '\u{1f600}\u{1f3fd}',
  '\u{10ffff}',
]

/** Text of any script, in names and payloads, and much of it. */
export const textCases = (given: Given): void => {
  it('tells services apart whose ids look alike', async () => {
    const { store } = given()
    const refs = [...ascending.map((id) => refOf(id)), ...ascending.map((id) => refOf(id, id, id))]
    await stand(store, writing(refs.map((ref) => stateOf(ref, { context: { mine: ref.id } }))))
    for (const ref of refs) expect(await answer(store.load(ref))).toMatchObject({ ref })
  })

  it('orders ids by code point, also from page to page', async () => {
    const { store } = given()
    await stand(store, writing(ascending.toReversed().map((id) => stateOf(refOf(id)))))
    const pages = await everyPage((after) =>
      store.list({ provider: 'demo', limit: 4, ...(after === undefined ? {} : { after }) }),
    )
    expect(pages.flat().map(({ ref }) => ref.id)).toEqual(ascending)
  })

  it('orders tenants by code point, and begins after any id', async () => {
    const { store } = given()
    await stand(store, writing(ascending.toReversed().map((id) => stateOf(refOf('a', id)))))
    const { items } = await answer(store.list({ provider: 'demo', limit: 100 }))
    expect(items.map(({ ref }) => ref.tenant)).toEqual(ascending)
    await stand(store, writing(ascending.map((id) => stateOf(refOf(id, 'one')))))
    for (const [n, afterId] of ascending.entries()) {
      const page = await answer(
        store.list({ provider: 'demo', tenant: 'one', afterId, limit: 100 }),
      )
      expect(page.items.map(({ ref }) => ref.id)).toEqual(ascending.slice(n + 1))
    }
  })

  it('orders documents by code point, also from page to page', async () => {
    const { store } = given()
    const documents = ascending.map((id) => ({
      provider: 'demo',
      kind: 'k',
      id,
      tenant: 'acme',
      body: {},
    }))
    await stand(store, commitOf({ documents: documents.toReversed() }))
    const pages = await everyPage((after) =>
      store.documents({
        provider: 'demo',
        kind: 'k',
        limit: 5,
        ...(after === undefined ? {} : { after }),
      }),
    )
    expect(pages.flat().map(({ id }) => id)).toEqual(ascending)
  })

  it('takes any text as a key', async () => {
    const { store } = given()
    for (const key of ascending) {
      await stand(
        store,
        commitOf({
          takes: [{ key, holder: `of ${key}` }],
          quotas: [{ key, by: 1 }],
          receipt: { key, fingerprint: key, reply: { key }, expiresAt: 1 },
          armed: [{ ref: refOf(key), deadline: deadlineOf(key, 5) }],
          effects: [effectOf(key, refOf(key), { lane: key })],
        }),
      )
      expect(await answer(store.claim(key))).toBe(`of ${key}`)
      expect(await answer(store.quota(key))).toBe(1)
      expect((await answer(store.receipt(key)))?.reply).toEqual({ key })
      expect(await answer(store.allocate({ sequence: key, count: 1, floor: 1 }))).toBe(1)
    }
    const due = await answer(store.leaseDeadlines(leaseAt(5)))
    expect(due.map(({ name }) => name)).toEqual(ascending)
    const work = await answer(store.leaseEffects(leaseAt(100)))
    expect(work.map(({ effect }) => effect.id)).toEqual(ascending)
  })

  it('finds labels and statuses of any text', async () => {
    const { store } = given()
    await stand(
      store,
      writing(
        ascending.map((text, n) =>
          stateOf(refOf(`${n}`), { status: text, labels: { [text]: text } }),
        ),
      ),
    )
    for (const [n, text] of ascending.entries()) {
      const label = { name: text, value: text }
      const found = await answer(store.list({ provider: 'demo', label, limit: 9 }))
      expect(found.items.map(({ ref }) => ref.id)).toEqual([`${n}`])
      const statuses = [text]
      const same = await answer(store.list({ provider: 'demo', statuses, limit: 9 }))
      expect(same.items.map(({ ref }) => ref.id)).toEqual([`${n}`])
    }
  })

  it('returns payloads of any text and number, and of awkward member names', async () => {
    const { store } = given()
    const ref = refOf('a')
    const context: JsonObject = {
      texts: [...ascending, 'a\u0000b', '\ud800 alone', '\\u0041', '\n\r\t\u2028'],
      numbers: [0, -1, 1.5, 1e300, 5e-324, Number.MAX_SAFE_INTEGER, -(2 ** 60)],
      '': { '': '' },
      constructor: 'c',
      toString: null,
      'a.b': [[[]], {}],
      ...JSON.parse('{"__proto__": {"polluted": true}}'),
    }
    await stand(
      store,
      writing([stateOf(ref, { context })], {
        journal: [entryOf('j', ref, { detail: context })],
        effects: [effectOf('e', ref, { params: context })],
        documents: [{ provider: 'demo', kind: 'k', id: 'd', tenant: 'acme', body: context }],
        receipt: { key: 'r', fingerprint: 'f', reply: context, expiresAt: 1 },
      }),
    )
    const text = JSON.stringify(context)
    const returned = [
      (await answer(store.load(ref)))?.context,
      (await answer(store.journal({ limit: 1 }))).entries[0]?.detail,
      (await answer(store.effects({ limit: 1 }))).items[0]?.effect.params,
      (await answer(store.document({ provider: 'demo', kind: 'k', id: 'd' })))?.body,
      (await answer(store.receipt('r')))?.reply,
    ]
    for (const value of returned) expect(JSON.stringify(value)).toBe(text)
  })

  it('returns payloads of a million bytes', async () => {
    const { store } = given()
    const ref = refOf('a')
    const context = {
      text: '\u{1f600}x'.repeat(250_000),
      list: Array.from({ length: 1000 }, (_, n) => n),
    }
    await stand(
      store,
      writing([stateOf(ref, { context })], { effects: [effectOf('e', ref, { params: context })] }),
    )
    await stand(store, writing([stateOf(ref, { context, revision: 2 })]))
    expect((await answer(store.load(ref)))?.context).toEqual(context)
    expect((await answer(store.leaseEffects(leaseAt(100))))[0]?.effect.params).toEqual(context)
  })
}
