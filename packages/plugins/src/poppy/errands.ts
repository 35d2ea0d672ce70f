import type { ServiceRef } from '@signalbox/core'
import type { Failure, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** What was last asked of an upstream for a service. It is kept before it is asked, so that a repetition knows. */
export const Errand = t.readonly(
  t.strict({
    /** The id of the service there; null while nobody knows whether it is there at all. */
    service: t.union([t.string, t.null]),
    /** The id of the effect that asks. */
    effect: t.string,
    /** Whether the upstream has said that it takes it on. */
    taken: t.boolean,
  }),
  'Errand',
)
export type Errand = t.TypeOf<typeof Errand>

/** The errands of one host's upstream, each by the service that it is for. */
export interface Errands {
  readonly read: (ref: ServiceRef) => Promise<E.Either<Failure, Errand | undefined>>
  readonly write: (ref: ServiceRef, errand: Errand) => Promise<E.Either<Failure, void>>
  readonly forget: (ref: ServiceRef) => Promise<E.Either<Failure, void>>
  /** The ids that a project's other services have there. */
  readonly others: (ref: ServiceRef) => Promise<E.Either<Failure, ReadonlySet<string>>>
}

/** Keeps errands among the plugin's own records. */
export const createErrands = (
  services: Pick<Services, 'document' | 'documents' | 'write'>,
): Errands => ({
  read: async ({ id }) => {
    const found = await services.document(ERRAND, id)()
    return E.map(errandIn)(found)
  },
  write: ({ tenant, id }, errand) =>
    services.write([{ kind: ERRAND, tenant, id, body: { ...errand } }])(),
  forget: ({ tenant, id }) => services.write([{ kind: ERRAND, tenant, id, body: null }])(),
  others: async ({ tenant, id }) => {
    const ids = new Set<string>()
    let after: string | undefined
    do {
      const query = { kind: ERRAND, tenant, limit: 100, ...(after !== undefined && { after }) }
      const page = await services.documents(query)()
      if (E.isLeft(page)) return page
      for (const record of page.right.items) {
        const service = record.id === id ? undefined : errandIn(record)?.service
        if (service !== undefined && service !== null) ids.add(service)
      }
      after = page.right.next
    } while (after !== undefined)
    return E.right(ids)
  },
})

// -- internals

const ERRAND = 'errand'

const errandIn = (record: { readonly body: unknown } | undefined): Errand | undefined =>
  Errand.is(record?.body) ? record.body : undefined
