import type { DocumentWrite } from '@signalbox/core/store'
import { DesiredStatus, TENANT, zosService } from '@signalbox/core/zosconnect'
import type { Failure, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** What was wanted of an artefact before it was stopped for an update, which a host that dies on the way has to know again. */
export const Intent = t.readonly(
  t.strict({
    desired: DesiredStatus,
    /** The hash of the archive that it is updated to. */
    sha256: t.string,
  }),
  'Intent',
)
export type Intent = t.TypeOf<typeof Intent>

/** The stored intents, by the ids of services. */
export interface Intents {
  readonly read: (id: string) => Promise<E.Either<Failure, Intent | undefined>>
  /** Says that an update has come to its end. */
  readonly forget: (id: string) => Promise<E.Either<Failure, void>>
}

/** Makes the intents over the plugin's own records. */
export const createIntents = (services: Pick<Services, 'document' | 'write'>): Intents => ({
  read: async (id) =>
    E.map((stored: { readonly body: unknown } | undefined) =>
      Intent.is(stored?.body) ? stored.body : undefined,
    )(await services.document(KIND, id)()),
  forget: (id) => services.write([{ kind: KIND, tenant: TENANT, id, body: null }])(),
})

/** The record to store with the command that stops what is to be updated. */
export const intentRecord = (id: string, { desired, sha256 }: Intent): DocumentWrite => ({
  provider: zosService.provider,
  kind: KIND,
  tenant: TENANT,
  id,
  body: { desired, sha256 },
})

// -- internals

const KIND = 'intent'
