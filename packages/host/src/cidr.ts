/** A range of addresses; IPv4 ones as IPv6 maps them. */
export interface Cidr {
  readonly base: bigint
  readonly bits: number
}

/** Reads `10.0.0.0/8`, `fd00::/8` or a single address; undefined when it is none. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [address = '', length, ...more] = text.split('/')
  const base = parseAddress(address)
  if (base === undefined || more.length > 0) return undefined
  const width = address.includes(':') ? 128 : 32
  if (length === undefined) return { base, bits: 128 }
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return undefined
  return { base, bits: 128 - width + Number(length) }
}

/** Tells whether an address lies in a range; what is no address lies in none. */
export const cidrContains = ({ base, bits }: Cidr, address: string): boolean => {
  const value = parseAddress(address)
  const shift = BigInt(128 - bits)
  return value !== undefined && value >> shift === base >> shift
}

/**
 * Tells whether an address may belong to anybody in the world. Private, loopback, link-local, shared and multicast ones do
 * not, nor those that clouds serve their metadata from, nor those that stand for an address of the older kind, nor what is
 * no address at all.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export const isPublicAddress = (address: string): boolean =>
  OPEN.some((range) => cidrContains(range, address)) &&
  !CLOSED.some((range) => cidrContains(range, address))

/** Reads ranges that are known to be well formed. */
export const rangesOf = (...texts: ReadonlyArray<string>): ReadonlyArray<Cidr> =>
  texts.flatMap((text) => parseCidr(text) ?? [])

// -- internals

const MAPPED = 0xffffn << 32n

const parseAddress = (text: string): bigint | undefined => {
  const address = text.replace(/%.*$/, '')
  if (!address.includes(':')) {
    const four = parseFour(address)
    return four === undefined ? undefined : MAPPED | four
  }
  const [head = '', tail, ...more] = withoutDots(address).split('::')
  if (more.length > 0) return undefined
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')]
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right]
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

const parseFour = (text: string): bigint | undefined => {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

// `::ffff:10.0.0.1` ends in an address of the older kind.
const withoutDots = (address: string): string =>
  address.replace(/[^:]*\.[^:]*$/, (dotted) => {
    const four = parseFour(dotted)
    return four === undefined
      ? dotted
      : `${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`
  })

const groupsOf = (text: string): ReadonlyArray<string> => (text === '' ? [] : text.split(':'))

const OPEN = rangesOf('0.0.0.0/0', '2000::/3')

const CLOSED = rangesOf(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
)
