import { TENANT } from '@signalbox/core/zosconnect'
import { seesTenant } from '@signalbox/host'
import type { Credentials, Incoming, Principal, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { errorReply } from './answers.ts'
import { fromBase64 } from './base64.ts'
import { originOf } from './origin.ts'
import type { Settings } from './settings.ts'

/** Who calls where nobody is asked. */
const ANYBODY: Principal = {
  id: 'anybody',
  provider: 'zosconnect',
  tenants: '*',
  roles: [],
}

type Rules = Pick<
  Settings,
  'requireSecure' | 'requireAuth' | 'noAccess' | 'trustedProxies' | 'publicOrigin'
>

/** Says who calls, or why nobody gets in: path, host, connection, credentials and access, in this order. */
export const admit =
  (settings: Rules, credentials: Pick<Credentials, 'byId'>) =>
  async (request: Incoming): Promise<E.Either<Reply, Principal>> => {
    if (request.located['malformed'] === 'yes') return E.left(errorReply('bad-path', {}))
    const origin = originOf(request, settings)
    if (origin === undefined) return E.left(errorReply('bad-host', {}))
    if (settings.requireSecure && !origin.secure) return E.left(errorReply('secure-required', {}))
    if (isForged(request)) return E.left(errorReply('forbidden', {}))
    if (!settings.requireAuth) return E.right(ANYBODY)
    const basic = basicOf(request.headers.get('authorization'))
    const principal = basic && (await credentials.byId(basic.user, basic.password))
    if (principal === undefined) return E.left(errorReply('unauthenticated', {}))
    return settings.noAccess.includes(principal.id) || !seesTenant(principal, TENANT)
      ? E.left(errorReply('forbidden', {}))
      : E.right(principal)
  }

// -- internals

// A browser sends Basic credentials to whatever another site lets it change.
const isForged = ({ method, headers }: Incoming): boolean =>
  ['PUT', 'POST', 'DELETE'].includes(method) && headers.get('sec-fetch-site') === 'cross-site'

const basicOf = (
  header: string | null,
): { readonly user: string; readonly password: string } | undefined => {
  const token = /^Basic +([A-Za-z0-9+/]+=*)\s*$/i.exec(header ?? '')?.[1]
  const bytes = token === undefined ? undefined : fromBase64(token)
  const text = bytes && textOf(bytes)
  const colon = text?.indexOf(':') ?? -1
  return text === undefined || colon < 0
    ? undefined
    : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

const textOf = (bytes: Uint8Array): string | undefined =>
  E.getOrElseW(() => undefined)(
    E.tryCatch(
      () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
      () => undefined,
    ),
  )
