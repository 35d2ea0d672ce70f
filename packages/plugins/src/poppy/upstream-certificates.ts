import { JsonObject } from '@signalbox/core'
import { CertificateOrder } from '@signalbox/core/poppy'
import type { Driver, Performance } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { certificateOf } from './records.ts'
import type { Site } from './site.ts'
import { decoded, STORE_AWAY, UNREADABLE } from './upstream-client.ts'
import type { Lacking, Run, UpstreamClient } from './upstream-client.ts'

/** Makes the drivers that ask an upstream for certificates; one that is there already is not asked for again. */
export const upstreamCertificates = (
  { send, projectOf, waiting, unless, driver }: UpstreamClient,
  { services, certificates }: Pick<Site, 'services' | 'certificates'>,
): Readonly<Record<'provisionCertificate' | 'withdrawCertificate', Driver>> => {
  const look = async (
    run: Run,
    { domain_name, cert_type }: CertificateOrder,
  ): Promise<E.Either<Lacking, Shown | undefined>> => {
    const answer = await send(run, 'GET', pathOf(domain_name))
    if (answer._tag === 'Refused' && answer.status === 404) return E.right(undefined)
    if (answer._tag !== 'Done') return E.left(answer)
    const shown: unknown = Array.isArray(answer.body) ? answer.body : [answer.body]
    return ShownAll.is(shown)
      ? E.right(shown.find((each) => each.cert_type === cert_type))
      : E.left(UNREADABLE)
  }

  const provision = async (run: Run, order: CertificateOrder): Promise<Performance> => {
    const shown = await look(run, order)
    if (E.isLeft(shown)) return unless(run, shown.left)
    if (shown.right !== undefined) {
      const { status, cert_details: details = {} } = shown.right
      if (status === 'deployed') return { kind: 'done', result: { details } }
      return status === 'create_in_progress'
        ? waiting
        : { kind: 'failed', message: `the upstream says ${status}` }
    }
    const state = await services.load(certificates, run.ref)()
    if (E.isLeft(state)) return unless(run, STORE_AWAY)
    const { domain_name, cert_type } = order
    const answer = await send(run, 'POST', '/ssl_certificate', {
      flavor_id: state.right === undefined ? '' : certificateOf(state.right).flavor_id,
      cert_type,
      domain_name,
      project_id: projectOf(run.ref),
    })
    return answer._tag === 'Done' ? waiting : unless(run, answer)
  }

  const withdraw = async (
    run: Run,
    { domain_name, cert_type }: CertificateOrder,
  ): Promise<Performance> => {
    const answer = await send(run, 'DELETE', `${pathOf(domain_name)}?cert_type=${cert_type}`)
    const gone = answer._tag === 'Done' || (answer._tag === 'Refused' && answer.status === 404)
    return gone ? { kind: 'done' } : unless(run, answer)
  }

  return {
    provisionCertificate: driver((run, effect) =>
      provision(run, decoded(CertificateOrder.decode, effect)),
    ),
    withdrawCertificate: driver((run, effect) =>
      withdraw(run, decoded(CertificateOrder.decode, effect)),
    ),
  }
}

// -- internals

const pathOf = (domain: string): string => `/ssl_certificate/${encodeURIComponent(domain)}`

const Shown = t.intersection([
  t.type({ cert_type: t.string, status: t.string }),
  t.partial({ cert_details: JsonObject }),
])
type Shown = t.TypeOf<typeof Shown>

const ShownAll = t.readonlyArray(Shown)
