import { refKey } from '@signalbox/core'
import type { ServiceRef, State } from '@signalbox/core'
import { CertificateType, certificateClaim, certificateRef } from '@signalbox/core/poppy'
import type { CertificateContext } from '@signalbox/core/poppy'
import type { Failure } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { CertificateStatuses } from './render.ts'
import { contextOf } from './render.ts'
import type { Site } from './site.ts'

type Records = Pick<Site, 'services' | 'certificates'>

/** Finds the certificates of a domain, of one project or of any. */
export const findCertificates = async (
  { services, certificates }: Records,
  domain: string,
  project?: string,
): Promise<E.Either<Failure, ReadonlyArray<State>>> => {
  const found: Array<State> = []
  for (const type of TYPES) {
    const holder = await services.claim(certificateClaim(type, domain))()
    if (E.isLeft(holder))
      return E.left({ _tag: 'Unavailable', message: 'the store did not answer' })
    const ref = holder.right === undefined ? undefined : refOf(holder.right)
    if (ref === undefined || (project !== undefined && ref.tenant !== project)) continue
    const state = await services.load(certificates, ref)()
    if (E.isLeft(state)) return state
    if (state.right !== undefined) found.push(state.right)
  }
  return E.right(found)
}

/** Reads the statuses of all certificates that some services of a project use. */
export const certificateStatusesOf = async (
  { services, certificates }: Records,
  states: ReadonlyArray<State>,
): Promise<E.Either<Failure, (state: State) => CertificateStatuses>> => {
  const refs = states.flatMap((state) =>
    contextOf(state).config.domains.flatMap(({ domain, certificate }) =>
      CertificateType.is(certificate)
        ? [certificateRef(state.ref.tenant, certificate, domain)]
        : [],
    ),
  )
  const statuses = new Map<string, string>()
  for (const ref of refs) {
    const state = await services.load(certificates, ref)()
    if (E.isLeft(state)) return state
    if (state.right !== undefined) statuses.set(refKey(ref), state.right.status)
  }
  return E.right(
    ({ ref: { tenant } }) =>
      (type, domain) =>
        statuses.get(refKey(certificateRef(tenant, type, domain))),
  )
}

/** The context of a certificate, which its lifecycle's codec has accepted. */
export const certificateOf = (state: State): CertificateContext =>
  state.context as unknown as CertificateContext

/** Reads the holder of a claim. */
export const refOf = (holder: string): ServiceRef | undefined => {
  const [provider, tenant, id, ...more] = holder.split('/').map(decodeURIComponent)
  return provider === undefined || tenant === undefined || id === undefined || more.length > 0
    ? undefined
    : { provider, tenant, id }
}

// -- internals

const TYPES: ReadonlyArray<CertificateType> = ['san', 'sni']
