import { cidrContains, parseCidr } from '@signalbox/host'
import type { Incoming } from '@signalbox/host'
import type { Settings } from './settings.ts'

/** Where a request came to, as its client sees it. */
export interface Origin {
  /** Scheme and authority, without a slash at the end. */
  readonly url: string
  /** True when the client's own connection is encrypted. */
  readonly secure: boolean
}

/** Reads the origin of a request; undefined when its Host is malformed. */
export const originOf = (
  request: Pick<Incoming, 'headers' | 'url' | 'remote' | 'secure'>,
  { trustedProxies, publicOrigin }: Pick<Settings, 'trustedProxies' | 'publicOrigin'>,
): Origin | undefined => {
  const trusted = trustedProxies.some((text) => {
    const range = parseCidr(text)
    return range !== undefined && cidrContains(range, request.remote)
  })
  const forwarded = (name: string): string | undefined =>
    trusted ? lastOf(request.headers.get(`x-forwarded-${name}`)) : undefined
  const proto = forwarded('proto')?.toLowerCase()
  const scheme = proto === 'http' || proto === 'https' ? proto : request.secure ? 'https' : 'http'
  const secure = scheme === 'https'
  if (publicOrigin !== undefined) return { url: publicOrigin, secure }
  const host = forwarded('host') ?? request.headers.get('host') ?? request.url.host
  if (!HOST.test(host)) return undefined
  return { url: `${scheme}://${withPort(host, scheme, forwarded('port'))}`, secure }
}

// -- internals

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

const lastOf = (list: string | null): string | undefined => {
  const last = list?.split(',').at(-1)?.trim()
  return last === '' ? undefined : last
}

const withPort = (host: string, scheme: 'http' | 'https', port: string | undefined): string =>
  port === undefined ||
  !/^\d{1,5}$/.test(port) ||
  /:\d+$/.test(host) ||
  port === (scheme === 'https' ? '443' : '80')
    ? host
    : `${host}:${port}`
