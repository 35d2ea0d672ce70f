/** Tells whether a name is a domain: lower-case labels of letters, digits and single inner dashes, and a top level of letters. */
export const isDomain = (name: string): boolean =>
  /^((?=[a-z0-9-]{1,63}\.)[a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,63}$/.test(name)

/** Tells whether a name can be the first label of a domain with a shared certificate. */
export const isSharedLabel = (name: string): boolean =>
  /^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]?$/.test(name)

/** Tells whether an address is a dotted IPv4 one. */
export const isIpv4 = (address: string): boolean =>
  /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(address)

/** Tells whether a text is an address, or a range written as an address and the length of its prefix. */
export const isIpRange = (range: string): boolean => {
  const [address = '', prefix, ...more] = range.split('/')
  if (more.length > 0 || (prefix !== undefined && !/^[1-9]\d{0,2}$/.test(prefix))) return false
  const length = Number(prefix ?? 1)
  return (isIpv4(address) && length <= 32) || (isIpv6(address) && length <= 128)
}

/** Tells whether an id is a UUID as we spell it: lower case, with dashes. */
export const isUuid = (id: string): boolean =>
  /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(id)

// -- internals

const isIpv6 = (address: string): boolean => {
  const [bare = '', zone, ...more] = address.split('%')
  if (more.length > 0 || zone === '') return false
  const sides = bare.split('::')
  const groups = sides.map((side) => (side === '' ? [] : side.split(':')))
  const flat = groups.flat()
  const last = flat.at(-1)
  const tail = last !== undefined && isIpv4(last) && !bare.endsWith(':')
  const width = flat.length + (tail ? 1 : 0)
  return (
    (sides.length === 1 ? width === 8 : sides.length === 2 && width < 8) &&
    flat.slice(0, tail ? -1 : undefined).every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
  )
}
