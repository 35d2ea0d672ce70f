import { LIFECYCLE_STATUSES } from './codecs.ts'
import { escapeHtml, toPython } from './notation.ts'
import { renderViolation } from './schema.ts'
import type { Violation } from './schema.ts'

/** What is wrong with a request: facts, with the values as they were sent. */
export type PoppyError =
  | { readonly _tag: 'SchemaViolated'; readonly violations: ReadonlyArray<Violation> }
  | { readonly _tag: 'DuplicateOrigin'; readonly origin: string }
  | { readonly _tag: 'DuplicateOriginPath'; readonly path: string }
  | { readonly _tag: 'DuplicateCachingPath'; readonly path: string }
  | { readonly _tag: 'DuplicateDomain'; readonly domain: string }
  | { readonly _tag: 'InvalidDomain'; readonly domain: string }
  | { readonly _tag: 'OriginIsDomain'; readonly origin: unknown }
  | { readonly _tag: 'InvalidOrigin'; readonly origin: string }
  | { readonly _tag: 'RootDomain'; readonly domain: string }
  | { readonly _tag: 'InvalidHostHeader'; readonly value: unknown }
  | {
      readonly _tag: 'AccessConflict'
      readonly kinds: ReadonlyArray<string>
      readonly path: string
      /** Which of the two lists came first. */
      readonly first: 'whitelist' | 'blacklist'
    }
  | { readonly _tag: 'InvalidReferrer'; readonly referrer: string }
  | { readonly _tag: 'UnknownFlavor'; readonly flavor: string }
  | { readonly _tag: 'InvalidStatus'; readonly status: unknown }
  | { readonly _tag: 'UnknownGeography'; readonly geography: string }
  | { readonly _tag: 'LimitReached'; readonly limit: number }
  | { readonly _tag: 'DomainTaken'; readonly domain: string }
  | { readonly _tag: 'InvalidServiceId' }
  | {
      readonly _tag: 'UnknownProvider'
      readonly provider: string
      readonly providers: ReadonlyArray<string>
    }
  | { readonly _tag: 'FlavorExists'; readonly flavor: string }

/**
 * The vendor's text for an error, input in it escaped: one string, or for a violated schema one for each violation, which
 * the vendor wraps as `{"errors":[{"message":…}]}`.
 */
export const textOf = (error: PoppyError): string | ReadonlyArray<string> =>
  error._tag === 'SchemaViolated'
    ? error.violations.map(renderViolation)
    : escapeHtml(wordsOf(error))

// -- internals

const wordsOf = (error: Exclude<PoppyError, { readonly _tag: 'SchemaViolated' }>): string => {
  switch (error._tag) {
    case 'DuplicateOrigin':
      return `The origin ${error.origin} already exists for another origin on this service`
    case 'DuplicateOriginPath':
      return `The path ${error.path} already exists for another origin on this service`
    case 'DuplicateCachingPath':
      return `The path ${error.path} already exists for another caching rule on this service`
    case 'DuplicateDomain':
      return `The domain ${error.domain} already exists on another service`
    case 'InvalidDomain':
      return `Domain ${error.domain} is not a valid domain`
    case 'OriginIsDomain':
      return `Domains and origins cannot be same: ${toPython(error.origin)}`
    case 'InvalidOrigin':
      return `Origin ${error.origin} is not valid`
    case 'RootDomain':
      return (
        `${error.domain} is a root domain. Most DNS providers do not allow setting a CNAME on a root domain. ` +
        `Please add a subdomain (e.g. www.${error.domain})`
      )
    case 'InvalidHostHeader':
      return `The host header ${typeof error.value === 'string' ? error.value : toPython(error.value)} is not valid`
    case 'AccessConflict':
      return `Cannot blacklist and whitelist ${
        // The vendor finds a whitelist that came first by another road, which prints a list.
        error.first === 'whitelist' ? toPython(error.kinds) : error.kinds.join(', ')
      } on ${error.path} at the same time`
    case 'InvalidReferrer':
      return `Referrer ${error.referrer} is not a valid domain`
    case 'UnknownFlavor':
      return `Could not find a flavor with the id '${error.flavor}'`
    case 'InvalidStatus':
      return `Status ${toPython(error.status)} not in valid options: ${toPython(LIFECYCLE_STATUSES)}`
    case 'UnknownGeography':
      return `Country/Area ${error.geography} is not supported in geo zones`
    case 'LimitReached':
      return `Maximum Services Limit of ${error.limit} reached!`
    case 'DomainTaken':
      return `Domain ${error.domain} has already been taken`
    case 'InvalidServiceId':
      return 'Invalid service id'
    case 'UnknownProvider':
      return `${error.provider} is not a valid Provider.  Please choose from ${toPython(error.providers)}`
    case 'FlavorExists':
      return `A flavor with the id '${error.flavor}' already exists`
  }
}
