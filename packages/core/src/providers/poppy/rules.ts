import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { CreateService, Flavor, LIFECYCLE_STATUSES } from './codecs.ts'
import type {
  Caching,
  Domain,
  Origin,
  PathRule,
  Restriction,
  RestrictionRule,
  ServiceConfig,
  ServiceDocument,
} from './codecs.ts'
import { isDomain, isIpv4, isSharedLabel } from './formats.ts'
import { isGeography } from './geography.ts'
import type { PoppyError } from './poppy-error.ts'
import { violations } from './schema.ts'
import { isSecondLevelSuffix } from './suffixes.ts'

/** What validation cannot know by itself. */
export interface Surroundings {
  readonly flavorExists: (flavor: string) => boolean
  /** In seconds; for a new service that says nothing of caching. */
  readonly defaultCacheTtl?: number
}

/**
 * Makes a configuration of the body that creates a service, or answers the first thing that is wrong with it. Limits,
 * claims and the places of shared domains come after.
 */
export const validateCreate = (
  body: unknown,
  { flavorExists, defaultCacheTtl = 86_400 }: Surroundings,
): E.Either<PoppyError, ServiceConfig> =>
  validate(body, { flavorExists, caching: [{ name: 'default', ttl: defaultCacheTtl, rules: [] }] })

/** Makes a configuration of a patched document, or answers the first thing that is wrong with it. */
export const validateUpdate = (
  document: unknown,
  { flavorExists }: Surroundings,
): E.Either<PoppyError, ServiceConfig> =>
  validate(withRules(document), { flavorExists, caching: [] })

/** Makes a flavor of the body that creates one; `providers` are those the host has. */
export const validateFlavor = (
  body: unknown,
  {
    providers,
    flavorExists,
  }: Pick<Surroundings, 'flavorExists'> & { readonly providers: ReadonlyArray<string> },
): E.Either<PoppyError, Flavor> => {
  const flaws = violations(Flavor, body)
  if (!Flavor.is(body)) return E.left({ _tag: 'SchemaViolated', violations: flaws })
  const unknown = body.providers.find(({ provider }) => !providers.includes(provider))
  if (unknown !== undefined)
    return E.left({ _tag: 'UnknownProvider', provider: unknown.provider, providers })
  if (flavorExists(body.id)) return E.left({ _tag: 'FlavorExists', flavor: body.id })
  return E.right({
    id: body.id,
    providers: body.providers.map(({ provider, links }) => ({
      provider,
      links: links.map(({ href, rel }) => ({ href, rel })),
    })),
  })
}

/** Spells the full name that a shared domain has in one place. */
export const sharedName = (label: string, place: number, suffix: string): string =>
  `${label}.scdn${place}.${suffix}`

/**
 * Gives each shared domain its place: the first in `order` whose full name is not `taken` by another service, and a name
 * that the service had before keeps its own. Answers `DomainTaken` when no place is left.
 */
export const placeShared = (
  config: ServiceConfig,
  {
    order,
    suffix,
    taken,
    previous,
  }: {
    readonly order: ReadonlyArray<number>
    readonly suffix: string
    readonly taken: (domain: string) => boolean
    readonly previous?: ServiceConfig
  },
): E.Either<PoppyError, ServiceConfig> => {
  const own = config.domains.filter((entry) => !isShared(entry)).map(({ domain }) => domain)
  const had = (previous?.domains ?? []).filter(isShared).map(({ domain }) => domain)
  const domains: Array<Domain> = []
  for (const entry of config.domains) {
    const full = isShared(entry)
      ? (had.find((name) => labelOf(name) === entry.domain) ??
        order
          .map((place) => sharedName(entry.domain, place, suffix))
          .find((name) => !taken(name) && !own.includes(name)))
      : entry.domain
    if (full === undefined) return E.left({ _tag: 'DomainTaken', domain: entry.domain })
    domains.push({ ...entry, domain: full })
  }
  return E.right({ ...config, domains })
}

/** Makes the document that a patch is applied to: as it was sent, shared domains by their first label. */
export const documentOf = (config: ServiceConfig, project: string): ServiceDocument => ({
  name: config.name,
  domains: config.domains.map((entry) =>
    isShared(entry) ? { ...entry, domain: labelOf(entry.domain) } : entry,
  ),
  origins: config.origins,
  restrictions: config.restrictions,
  caching: config.caching,
  flavor_id: config.flavor_id,
  log_delivery: config.log_delivery,
  project_id: project,
})

/** Tells whether a domain is served by the certificate that many tenants share. */
export const isShared = (entry: {
  readonly domain: string
  readonly protocol?: string
  readonly certificate?: string | null
}): boolean => entry.protocol === 'https' && entry.certificate === 'shared'

/** Tells whether a domain is one on which providers of DNS do not allow an alias: one above all that its owner names. */
export const isRootDomain = (domain: string): boolean => {
  const labels = domain.split('.')
  return (
    labels.length === 2 || (labels.length === 3 && isSecondLevelSuffix(labels.slice(1).join('.')))
  )
}

/** Reads the id of a service in any spelling of a UUID, and spells it in lower case with dashes. */
export const parseServiceId = (id: string): E.Either<PoppyError, string> => {
  const digits = withoutBraces(id.replaceAll('urn:', '').replaceAll('uuid:', ''))
    .replaceAll('-', '')
    .toLowerCase()
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(digits)
  return parts === null ? E.left({ _tag: 'InvalidServiceId' }) : E.right(parts.slice(1).join('-'))
}

// -- internals

// By hand: a pattern that is anchored at the end alone takes its time over many braces.
const withoutBraces = (id: string): string => {
  let start = 0
  let end = id.length
  while (start < end && '{}'.includes(id.charAt(start))) start += 1
  while (end > start && '{}'.includes(id.charAt(end - 1))) end -= 1
  return id.slice(start, end)
}

const validate = (
  body: unknown,
  {
    flavorExists,
    caching,
  }: Pick<Surroundings, 'flavorExists'> & { readonly caching: ReadonlyArray<Caching> },
): E.Either<PoppyError, ServiceConfig> =>
  pipe(
    check(body),
    E.filterOrElse(
      ({ flavor_id }) => flavorExists(flavor_id),
      ({ flavor_id }): PoppyError => ({ _tag: 'UnknownFlavor', flavor: flavor_id }),
    ),
    E.flatMap(checkStatus),
    E.flatMap((service) => checkGeography(complete(service, caching))),
    // Defaults and trimming may break a rule that what was sent did not.
    E.flatMap((config) => pipe(check(config), E.as(config))),
  )

const check = (body: unknown): E.Either<PoppyError, CreateService> => {
  if (!CreateService.is(body))
    return E.left({ _tag: 'SchemaViolated', violations: violations(CreateService, body) })
  for (const rule of RULES) {
    const error = rule(body)
    if (error !== undefined) return E.left(error)
  }
  return E.right(body)
}

type Rule = (service: CreateService) => PoppyError | undefined

const originsDiffer: Rule = ({ origins }) => {
  const names = new Set<string>()
  const paths = new Set<string>()
  for (const { ssl, origin, rules } of origins) {
    const name = `${ssl === true ? 'https' : 'http'}://${origin}`
    if (names.has(name)) return { _tag: 'DuplicateOrigin', origin: name }
    names.add(name)
    const path = repeatedPath(rules, paths)
    if (path !== undefined) return { _tag: 'DuplicateOriginPath', path }
  }
  return undefined
}

const cachingPathsDiffer: Rule = ({ caching = [] }) => {
  const paths = new Set<string>()
  for (const { rules } of caching) {
    const path = repeatedPath(rules, paths)
    if (path !== undefined) return { _tag: 'DuplicateCachingPath', path }
  }
  return undefined
}

const domainsDiffer: Rule = ({ domains }) => {
  const names = domains.map(({ domain }) => domain)
  const domain = names.find((name, index) => names.indexOf(name) < index)
  return domain === undefined ? undefined : { _tag: 'DuplicateDomain', domain }
}

const domainsAreValid: Rule = ({ domains }) => {
  const invalid = domains.find((entry) =>
    isShared(entry) ? !isSharedLabel(entry.domain) : !isDomain(entry.domain),
  )
  return invalid === undefined ? undefined : { _tag: 'InvalidDomain', domain: invalid.domain }
}

const originsAreNoDomains: Rule = ({ domains, origins }) => {
  const names = new Set(domains.map(({ domain }) => folded(domain)))
  const origin = origins.find((entry) => names.has(folded(entry.origin)))
  return origin === undefined ? undefined : { _tag: 'OriginIsDomain', origin }
}

const originsAreValid: Rule = ({ origins }) => {
  const invalid = origins.find(({ origin }) => !isDomain(origin) && !isIpv4(origin))
  return invalid === undefined ? undefined : { _tag: 'InvalidOrigin', origin: invalid.origin }
}

const domainsAreNoRoots: Rule = ({ domains }) => {
  const root = domains.find((entry) => !isShared(entry) && isRootDomain(entry.domain))
  return root === undefined ? undefined : { _tag: 'RootDomain', domain: root.domain }
}

const hostHeadersAreValid: Rule = ({ origins }) => {
  const invalid = origins.find(({ hostheadervalue: value = null }) =>
    typeof value === 'string' ? !isDomain(value) : value !== null,
  )
  return invalid === undefined
    ? undefined
    : { _tag: 'InvalidHostHeader', value: invalid.hostheadervalue }
}

const restrictionsAreValid: Rule = ({ restrictions = [] }) => {
  const white: KindsByPath = new Map()
  const black: KindsByPath = new Map()
  for (const { access = 'whitelist', rules } of restrictions) {
    const conflict =
      access === 'whitelist' ? allow(rules, white, black) : forbid(rules, white, black)
    if (conflict !== undefined) return conflict
    for (const rule of rules)
      if ('referrer' in rule && !isDomain(rule.referrer))
        return { _tag: 'InvalidReferrer', referrer: rule.referrer }
  }
  return undefined
}

const RULES: ReadonlyArray<Rule> = [
  originsDiffer,
  cachingPathsDiffer,
  domainsDiffer,
  domainsAreValid,
  originsAreNoDomains,
  originsAreValid,
  domainsAreNoRoots,
  hostHeadersAreValid,
  restrictionsAreValid,
]

const EVERYTHING = '/*'

const rooted = (path: string): string => (path.startsWith('/') ? path : `/${path}`)

// Adds the paths of some rules to those seen, and answers the first that was there already.
const repeatedPath = (
  rules: ReadonlyArray<PathRule> = [],
  seen: Set<string>,
): string | undefined => {
  for (const { request_url } of rules) {
    const path = rooted(request_url)
    if (seen.has(path)) return path
    seen.add(path)
  }
  return undefined
}

const folded = (name: string): string => name.trim().toLowerCase()

const labelOf = (domain: string): string => domain.split('.')[0] ?? domain

type SentRule = NonNullable<CreateService['restrictions']>[number]['rules'][number]

type KindsByPath = Map<string, Set<string>>

const kindOf = (rule: SentRule): string =>
  'referrer' in rule ? 'referrer' : 'geography' in rule ? 'geography' : 'client_ip'

const pathOf = ({ request_url }: SentRule): string => rooted(request_url ?? EVERYTHING)

const remember = (kinds: KindsByPath, rule: SentRule): void => {
  const path = pathOf(rule)
  kinds.set(path, (kinds.get(path) ?? new Set()).add(kindOf(rule)))
}

// The vendor looks at a whitelist rule by rule, and at a blacklist once all of it is known: hence two texts.
const allow = (
  rules: ReadonlyArray<SentRule>,
  white: KindsByPath,
  black: KindsByPath,
): PoppyError | undefined => {
  for (const rule of rules) {
    const path = pathOf(rule)
    const kind = kindOf(rule)
    if (black.get(path)?.has(kind) === true)
      return { _tag: 'AccessConflict', kinds: [kind], path, first: 'blacklist' }
    remember(white, rule)
  }
  return undefined
}

const forbid = (
  rules: ReadonlyArray<SentRule>,
  white: KindsByPath,
  black: KindsByPath,
): PoppyError | undefined => {
  for (const rule of rules) remember(black, rule)
  if (!rules.some((rule) => white.get(pathOf(rule))?.has(kindOf(rule)) === true)) return undefined
  for (const [path, allowed] of white) {
    const kinds = [...allowed].filter((kind) => black.get(path)?.has(kind) === true)
    if (kinds.length > 0) return { _tag: 'AccessConflict', kinds, path, first: 'whitelist' }
  }
  return undefined
}

const checkStatus = (service: CreateService): E.Either<PoppyError, CreateService> =>
  !Object.hasOwn(service, 'status') ||
  LIFECYCLE_STATUSES.some((status) => status === service.status)
    ? E.right(service)
    : E.left({ _tag: 'InvalidStatus', status: service.status })

const checkGeography = (config: ServiceConfig): E.Either<PoppyError, ServiceConfig> => {
  for (const rule of config.restrictions.flatMap(({ rules }) => rules))
    if ('geography' in rule && !isGeography(rule.geography))
      return E.left({ _tag: 'UnknownGeography', geography: rule.geography })
  return E.right(config)
}

const DEFAULT_RULES: ReadonlyArray<PathRule> = [{ name: 'default', request_url: EVERYTHING }]

const complete = (service: CreateService, caching: ReadonlyArray<Caching>): ServiceConfig => ({
  name: service.name,
  domains: service.domains.map(completeDomain),
  origins: service.origins.map(completeOrigin),
  restrictions: (service.restrictions ?? []).map(
    ({ name, access = 'whitelist', rules }): Restriction => ({
      name: name.trim(),
      access,
      rules: rules.map(completeRestriction),
    }),
  ),
  caching: (service.caching === undefined || service.caching.length === 0
    ? caching
    : service.caching
  ).map(({ name, ttl, rules }): Caching => ({
    name: name.trim(),
    ttl,
    rules: completeRules(rules),
  })),
  flavor_id: service.flavor_id,
  log_delivery: { enabled: service.log_delivery?.enabled ?? false },
})

const completeDomain = (entry: CreateService['domains'][number]): Domain =>
  'protocol' in entry && entry.protocol === 'https'
    ? { domain: entry.domain, protocol: 'https', certificate: entry.certificate }
    : { domain: entry.domain, protocol: 'http', certificate: null }

const completeOrigin = ({
  origin,
  port = 80,
  ssl = false,
  rules,
  hostheadertype = 'domain',
  hostheadervalue,
}: CreateService['origins'][number]): Origin => ({
  origin,
  port,
  ssl,
  rules: completeRules(rules),
  hostheadertype,
  hostheadervalue:
    hostheadertype === 'origin'
      ? origin
      : typeof hostheadervalue === 'string'
        ? hostheadervalue
        : null,
})

const completeRules = (rules: ReadonlyArray<PathRule> = []): ReadonlyArray<PathRule> =>
  rules.length === 0
    ? DEFAULT_RULES
    : rules.map(({ name, request_url }) => ({ name: name.trim(), request_url: request_url.trim() }))

const completeRestriction = (rule: SentRule): RestrictionRule => {
  const common = {
    name: rule.name.trim(),
    request_url: (rule.request_url ?? EVERYTHING).trim(),
  }
  if ('referrer' in rule) return { ...common, referrer: rule.referrer }
  if ('geography' in rule) return { ...common, geography: rule.geography.trim() }
  return { ...common, client_ip: rule.client_ip }
}

// A patch may leave an entry without rules; they are there again before anything is checked.
const withRules = (document: unknown): unknown => {
  const fill = (entries: unknown): unknown =>
    Array.isArray(entries)
      ? entries.map((entry: unknown) =>
          isObject(entry) && lacksRules(entry['rules'])
            ? { ...entry, rules: DEFAULT_RULES }
            : entry,
        )
      : entries
  if (!isObject(document)) return document
  return {
    ...document,
    ...('origins' in document ? { origins: fill(document['origins']) } : {}),
    ...('caching' in document ? { caching: fill(document['caching']) } : {}),
  }
}

const lacksRules = (rules: unknown): boolean =>
  rules === undefined || (Array.isArray(rules) && rules.length === 0)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
