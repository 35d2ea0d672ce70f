import { documentConflict } from '@signalbox/core/store'
import type { DocumentKey, DocumentWrite, Store } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import { answer, commitOf, everyPage, refusalOf, stand } from './given.ts'
import type { Given } from './given.ts'

const key: DocumentKey = { provider: 'demo', kind: 'flavor', id: 'small' }

/** A provider's own records. */
export const documentCases = (given: Given): void => {
  it('stores a document and counts its changes from 1', async () => {
    const { store } = given()
    expect(await answer(store.document(key))).toBeUndefined()
    await write(store, { ...key, tenant: 'acme', body: { size: 1, none: null } })
    expect(await answer(store.document(key))).toEqual({
      ...key,
      tenant: 'acme',
      body: { size: 1, none: null },
      revision: 1,
    })
    await write(store, { ...key, tenant: 'umbrella', body: { size: 2 } })
    expect(await answer(store.document(key))).toEqual({
      ...key,
      tenant: 'umbrella',
      body: { size: 2 },
      revision: 2,
    })
  })

  it('tells documents apart by provider, kind and id', async () => {
    const { store } = given()
    const keys = [
      key,
      { ...key, id: 'large' },
      { ...key, kind: 'image' },
      { ...key, provider: 'p' },
    ]
    for (const [n, one] of keys.entries())
      await write(store, { ...one, tenant: 'acme', body: { n }, expected: 0 })
    for (const [n, one] of keys.entries())
      expect((await answer(store.document(one)))?.body).toEqual({ n })
  })

  it('writes over the revision that was read and no other', async () => {
    const { store } = given()
    await write(store, { ...key, tenant: 'acme', body: { n: 1 }, expected: 0 })
    await write(store, { ...key, tenant: 'acme', body: { n: 2 }, expected: 1 })
    for (const expected of [0, 1, 3])
      expect(
        await refusalOf(
          store,
          commitOf({ documents: [{ ...key, tenant: 'acme', body: { n: 9 }, expected }] }),
        ),
      ).toEqual(documentConflict(key, expected, 2))
    expect((await answer(store.document(key)))?.body).toEqual({ n: 2 })
  })

  it('deletes a document over the revision that was read', async () => {
    const { store } = given()
    await write(store, { ...key, tenant: 'acme', body: {} })
    const gone = { ...key, tenant: 'acme', body: null }
    expect(await refusalOf(store, commitOf({ documents: [{ ...gone, expected: 2 }] }))).toEqual(
      documentConflict(key, 2, 1),
    )
    await write(store, { ...gone, expected: 1 })
    expect(await answer(store.document(key))).toBeUndefined()
    expect(await refusalOf(store, commitOf({ documents: [{ ...gone, expected: 1 }] }))).toEqual(
      documentConflict(key, 1, 0),
    )
  })

  it('deletes what is not there without complaint, and begins again after a deletion', async () => {
    const { store } = given()
    await write(store, { ...key, tenant: 'acme', body: null })
    await write(store, { ...key, tenant: 'acme', body: { n: 1 } })
    await write(store, { ...key, tenant: 'acme', body: null })
    await write(store, { ...key, tenant: 'acme', body: { n: 2 }, expected: 0 })
    expect(await answer(store.document(key))).toMatchObject({ body: { n: 2 }, revision: 1 })
  })

  it('writes a document several times in one commit', async () => {
    const { store } = given()
    const one = { ...key, tenant: 'acme' }
    await stand(
      store,
      commitOf({
        documents: [
          { ...one, body: { n: 1 }, expected: 0 },
          { ...one, body: { n: 2 }, expected: 1 },
        ],
      }),
    )
    expect(await answer(store.document(key))).toMatchObject({ body: { n: 2 }, revision: 2 })
  })

  it('lists one kind in order of id, all of it or one tenant', async () => {
    const { store } = given()
    const ids = ['d', 'a', 'c', 'e', 'b']
    await stand(
      store,
      commitOf({
        documents: [
          ...ids.map((id, n) => ({ ...key, id, tenant: `t${n % 2}`, body: { n } })),
          { ...key, kind: 'image', id: 'x', tenant: 't0', body: {} },
          { ...key, provider: 'rival', id: 'y', tenant: 't0', body: {} },
        ],
      }),
    )
    const pages = async (tenant?: string) =>
      (
        await everyPage((after) =>
          store.documents({
            provider: 'demo',
            kind: 'flavor',
            limit: 2,
            ...(tenant === undefined ? {} : { tenant }),
            ...(after === undefined ? {} : { after }),
          }),
        )
      ).map((page) => page.map(({ id }) => id))
    expect(await pages()).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    expect(await pages('t0')).toEqual([['b', 'c'], ['d']])
    expect(await pages('none')).toEqual([[]])
  })
}

// -- internals

const write = async (store: Store, document: DocumentWrite): Promise<void> => {
  await stand(store, commitOf({ documents: [document] }))
}
