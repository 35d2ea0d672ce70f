import type { ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { trouble } from './failure.ts'
import type { Trouble } from './failure.ts'

/** Spells a service as the commands take it: provider/tenant/id, each percent-encoded where it has to be. */
export const nameOfService = ({ provider, tenant, id }: ServiceRef): string =>
  [provider, tenant, id].map(encodeURIComponent).join('/')

/** Reads `provider/tenant/id`; an id may have slashes of its own, written as they are or as %2F. */
export const readServiceName = (text: string): E.Either<Trouble, ServiceRef> => {
  const [provider = '', tenant = '', ...rest] = text.split('/')
  try {
    const parts = [provider, tenant, rest.join('/')].map(decodeURIComponent)
    const [first = '', second = '', id = ''] = parts
    if (parts.every((part) => part !== '')) return E.right({ provider: first, tenant: second, id })
  } catch {
    return E.left(trouble('usage', `"${text}" does not percent-decode to the name of a service`))
  }
  return E.left(
    trouble('usage', `"${text}" names no service: write provider/tenant/id, as list shows it`),
  )
}

/** Where the control plane has a service. */
export const pathOfService = (ref: ServiceRef): string => `/services/${nameOfService(ref)}`
