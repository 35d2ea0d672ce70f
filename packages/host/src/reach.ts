import { struct } from '@signalbox/core'
import * as t from 'io-ts'
import { cidrContains, isPublicAddress, parseCidr, rangesOf } from './cidr.ts'
import type { Dial, Dialled, DialRequest } from './dial.ts'

/** What may be reached beside public addresses over https, which may be by all. */
export const ReachSettings = struct(
  {},
  {
    /**
     * Ranges such as `10.1.0.0/16`, and names of hosts whose addresses may be private: never link-local, multicast or a
     * cloud's metadata, for which a range is needed.
     */
    allow: t.readonlyArray(
      new t.Type<string, string, unknown>(
        'a range of addresses such as 10.0.0.0/8, or the name of a host',
        (value): value is string => isAllowable(value),
        (value, context) => (isAllowable(value) ? t.success(value) : t.failure(value, context)),
        t.identity,
      ),
    ),
    /** Lets it send over http, which anybody on the way can read; false unless said. */
    allowHttp: t.boolean,
  },
  'ReachSettings',
)
export type ReachSettings = t.TypeOf<typeof ReachSettings>

/** Sends a request to where the settings allow it, and answers `Refused` for everywhere else. */
export type Send = (request: Omit<DialRequest, 'permits'>) => Promise<Dialled>

/** Keeps a dial within its reach, so that no name or literal leads to a neighbour that nobody meant to be asked. */
export const keepWithin = (
  dial: Dial,
  { allow = [], allowHttp = false }: ReachSettings = {},
): Send => {
  const ranges = allow.flatMap((text) => parseCidr(text) ?? [])
  const names = allow.filter((text) => parseCidr(text) === undefined).map(plainName)
  return async (request) => {
    const { protocol, hostname } = request.url
    if (protocol !== 'https:' && !(protocol === 'http:' && allowHttp)) return { _tag: 'Refused' }
    const named = names.includes(plainName(hostname))
    const permits = (address: string): boolean =>
      isPublicAddress(address) ||
      ranges.some((range) => cidrContains(range, address)) ||
      (named && isPrivate(address))
    return dial({ ...request, permits })
  }
}

// -- internals

// A last label without a letter would be read as an address.
const NAME = /^(?:[a-z\d_](?:[a-z\d_-]*[a-z\d])?\.)*[a-z](?:[a-z\d-]*[a-z\d])?\.?$/i

const isAllowable = (value: unknown): value is string =>
  typeof value === 'string' && (parseCidr(value) !== undefined || NAME.test(value))

const plainName = (host: string): string => host.toLowerCase().replace(/\.$/, '')

const isPrivate = (address: string): boolean =>
  PRIVATE.some((range) => cidrContains(range, address)) &&
  !METADATA.some((range) => cidrContains(range, address))

const PRIVATE = rangesOf(
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
)

const METADATA = rangesOf('100.100.100.200', 'fd00:ec2::254')
