/** A domain: lower-case labels of letters, digits and single inner dashes, and a top level of letters. */
export const DOMAIN = '^((?=[a-z0-9\\-]{1,63}\\.)[a-z0-9]+(-[a-z0-9]+)*\\.)+[a-z]{2,63}$'

/** The first label of a domain with a shared certificate. */
export const SHARED_LABEL = '^[a-z0-9][a-z0-9\\-]{0,62}[a-z0-9]?$'

/** The id of a project. */
export const PROJECT_ID = '^[a-zA-Z0-9_.\\-]{1,256}$'

/** The id of a service as we spell it: a UUID in lower case, with dashes. */
export const SERVICE_ID = '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'

const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = `${BYTE}(?:\\.${BYTE}){3}`
const GROUP = '[0-9a-fA-F]{1,4}'
// Of eight groups, two of which may be spelled as an IPv4 address, `::` stands for one or more.
const fewerThan = (groups: number): string => `(?!(?::*[^:%/]+(?=[:%/]|$)){${groups}})`
const IPV6 = [
  `(?:${GROUP}:){7}${GROUP}`,
  `(?:${GROUP}:){6}${IPV4}`,
  `${fewerThan(8)}(?:${GROUP}(?::${GROUP})*)?::(?:${GROUP}(?::${GROUP})*)?`,
  `${fewerThan(7)}(?:${GROUP}(?::${GROUP})*)?::(?:${GROUP}:)*${IPV4}`,
].join('|')

/** An address, or a range written as an address and the length of its prefix. */
export const IP_RANGE =
  `^(?:${IPV4}(?:/(?:[1-9]|[12]\\d|3[0-2]))?|` +
  `(?:${IPV6})(?:%[^%/]+)?(?:/(?:[1-9]\\d?|1[01]\\d|12[0-8]))?)$`

/** Tells whether a name is a domain. */
export const isDomain = (name: string): boolean => domain.test(name)

/** Tells whether a name can be the first label of a domain with a shared certificate. */
export const isSharedLabel = (name: string): boolean => sharedLabel.test(name)

/** Tells whether an address is a dotted IPv4 one. */
export const isIpv4 = (address: string): boolean => ipv4.test(address)

// -- internals

const domain = new RegExp(DOMAIN, 'u')
const sharedLabel = new RegExp(SHARED_LABEL, 'u')
const ipv4 = new RegExp(`^${IPV4}$`, 'u')
