import type { ErrorBody, ErrorCode, Kind } from './codecs.ts'

interface Named {
  readonly name: string
  /** A service unless said. */
  readonly kind?: Kind
}

type Nothing = Readonly<Record<never, never>>

/** What each error's text is made of. */
export interface ErrorFacts extends Record<ErrorCode, object> {
  readonly 'unknown-status': Nothing
  readonly 'unknown-action': Nothing
  readonly 'bad-query': Nothing
  readonly 'bad-path': Nothing
  readonly 'bad-host': Nothing
  readonly 'bad-preference': Nothing
  readonly unrehearsable: Nothing
  /** `reason` as `parsePayload` gives it: `is an array`. */
  readonly 'payload-invalid': { readonly reason: string }
  readonly 'archive-missing': Nothing
  readonly 'archive-invalid': Nothing
  readonly unauthenticated: Nothing
  readonly forbidden: Nothing
  readonly 'secure-required': Nothing
  readonly 'unknown-service': { readonly name: string }
  readonly 'unknown-api': { readonly name: string }
  readonly 'unknown-api-requester': { readonly name: string }
  readonly 'no-resource': Nothing
  readonly 'method-not-allowed': Nothing
  readonly 'service-started': Named
  readonly 'already-deployed': Named
  /** `name` was asked for, `found` is in the archive. */
  readonly 'name-mismatch': { readonly name: string; readonly found: string }
  readonly 'configured-service': { readonly name: string }
  readonly 'base-path-taken': { readonly basePath: string }
  readonly 'too-large': Nothing
  readonly 'unsupported-media-type': Nothing
  readonly 'internal-error': Nothing
  readonly 'provider-unsupported': { readonly provider: string }
  readonly 'service-stopped': { readonly name: string }
  readonly 'service-unknown': { readonly name: string }
  readonly 'no-driver': { readonly name: string }
  readonly 'timed-out': { readonly ms: number }
  readonly busy: Named
  readonly unavailable: Nothing
  readonly 'outstanding-requests': Named
  readonly 'api-stopped': { readonly name: string }
  readonly 'api-not-executable': { readonly name: string }
}

/**
 * The text of an error before escaping. IBM's ids stand only where IBM's own text is known; the others name the code.
 *
 * @example errorText('name-mismatch', { name: 'a', found: 'b' })
 */
export const errorText = <Code extends ErrorCode>(
  code: Code,
  ...[facts]: keyof ErrorFacts[Code] extends never ? [] : [facts: ErrorFacts[Code]]
): string =>
  // Without a facts argument the code's facts are empty; the type of a conditional rest does not say so.
  (TEXTS[code] as (facts: object) => string)(facts ?? {})

/** What the log says when a service that is not installed is asked for. */
export const unavailableLog = (name: string, url: string): string =>
  `BAQR0403W: Service ${name} specified under URL ${url} is not available.`

/** What the log says when an API has been installed. */
export const installedLog = (name: string): string =>
  `BAQR7000I: z/OS Connect API archive file ${name} installed successfully.`

/** The body of an error, its texts escaped. A body that a provider supplied is sent as it is, without this. */
export const errorBody = (message: string, details?: string): ErrorBody => ({
  errorMessage: escapeText(message),
  ...(details === undefined ? {} : { errorDetails: escapeText(details) }),
})

/** Escapes a text for HTML: `&` first, then `<`, `>`, `"` and `'`. */
export const escapeText = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

// -- internals

const NOUNS = { service: 'Service', api: 'API', apiRequester: 'API requester' } as const

const called = ({ name, kind = 'service' }: Named): string => `${NOUNS[kind]} ${name}`

const TEXTS: { readonly [Code in ErrorCode]: (facts: ErrorFacts[Code]) => string } = {
  'unknown-status': () =>
    'signalbox.unknown-status: Unknown status specified. Use started or stopped.',
  'unknown-action': () => 'signalbox.unknown-action: Unknown action specified.',
  'bad-query': () => 'signalbox.bad-query: The query says nothing that can be done.',
  'bad-path': () => 'signalbox.bad-path: The path is malformed.',
  'bad-host': () => 'signalbox.bad-host: The Host header is malformed.',
  'bad-preference': () =>
    'signalbox.bad-preference: The only handling that can be preferred is dry-run.',
  unrehearsable: () => 'signalbox.unrehearsable: This request cannot be rehearsed.',
  'payload-invalid': ({ reason }) =>
    `BAQR0417W: The request payload could not be parsed. A JSON object format payload is expected. Error: the payload ${reason}.`,
  'archive-missing': () => 'signalbox.archive-missing: An archive is required.',
  'archive-invalid': () => 'signalbox.archive-invalid: The archive is not usable.',
  unauthenticated: () => 'signalbox.unauthenticated: Authentication is required.',
  forbidden: () => 'signalbox.forbidden: Not authorized.',
  'secure-required': () => 'signalbox.secure-required: Use HTTPS.',
  'unknown-service': ({ name }) => `BAQR0431W: Service ${name} is not available.`,
  'unknown-api': ({ name }) => `signalbox.unknown-api: API ${name} is not available.`,
  'unknown-api-requester': ({ name }) =>
    `signalbox.unknown-api-requester: API requester ${name} is not available.`,
  'no-resource': () => 'signalbox.no-resource: There is nothing at this path.',
  'method-not-allowed': () => 'signalbox.method-not-allowed: The method is not allowed here.',
  'service-started': (facts) =>
    `signalbox.service-started: ${called(facts)} is not stopped. Stop it first.`,
  'already-deployed': (facts) =>
    `signalbox.already-deployed: ${called(facts)} is already deployed.`,
  'name-mismatch': ({ name, found }) =>
    `signalbox.name-mismatch: The archive contains ${found}, not ${name}.`,
  'configured-service': ({ name }) =>
    `signalbox.configured-service: Service ${name} belongs to the configuration.`,
  'base-path-taken': ({ basePath }) =>
    `signalbox.base-path-taken: The base path ${basePath} overlaps one that is in use.`,
  'too-large': () => 'signalbox.too-large: The request is too large.',
  'unsupported-media-type': () =>
    'signalbox.unsupported-media-type: Content-Type application/zip is required.',
  'internal-error': () => 'BAQR7033E: Internal server error.',
  'provider-unsupported': ({ provider }) =>
    `signalbox.provider-unsupported: Provider ${provider} is not supported by this server.`,
  'service-stopped': ({ name }) =>
    `signalbox.service-stopped: Service ${name} is stopped and cannot be invoked.`,
  'service-unknown': ({ name }) =>
    `signalbox.service-unknown: The status of service ${name} is unknown and it cannot be invoked.`,
  'no-driver': ({ name }) =>
    `signalbox.no-driver: Service ${name} has no driver and cannot be invoked.`,
  'timed-out': ({ ms }) =>
    `BAQR0433W: The asynchronous request has timed out after ${ms} milliseconds.`,
  busy: (facts) => `signalbox.busy: ${called(facts)} is changing.`,
  unavailable: () => 'signalbox.unavailable: The server cannot reach its store.',
  'outstanding-requests': (facts) =>
    `signalbox.outstanding-requests: ${called(facts)} has requests outstanding.`,
  'api-stopped': ({ name }) => `signalbox.api-stopped: API ${name} is stopped.`,
  'api-not-executable': ({ name }) =>
    `signalbox.api-not-executable: API ${name} is administered here and not executed.`,
}
