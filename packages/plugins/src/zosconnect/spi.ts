import type { Json, JsonObject } from '@signalbox/core'
import type { Status } from '@signalbox/core/zosconnect'

/**
 * Why a provider does not do what it is asked; thrown, or the reason of a rejected promise. The code is an HTTP status
 * from 400 to 599, and 500 unless it is given; the message reaches the client.
 */
export interface ServiceFailure {
  readonly _tag: 'ServiceFailure'
  readonly message: string
  readonly code?: number
  /** What the client of an invoke gets as it is, in place of an error's body. */
  readonly body?: Json
}

/** Makes the providers of some services. Two factories must not name the same value. */
export interface ProviderFactory {
  /** Values of `provider` in a manifest, compared exactly. */
  readonly providers: ReadonlyArray<string>
  readonly register: (archive: ServiceArchive, host: ProviderHost) => Promise<Provider>
  /** Without it the host registers anew, swaps, and deregisters the old provider. */
  readonly update?: (
    current: Provider,
    archive: ServiceArchive,
    host: ProviderHost,
  ) => Promise<Provider>
  readonly deregister?: (provider: Provider) => Promise<void>
  /**
   * True when a registered provider, and starting and stopping it, concern nothing outside of it: a rehearsal then registers one
   * of its own and sees what it says. Of others it is taken for granted that they do what they are asked for.
   */
  readonly rehearses?: boolean
}

/** What is in the archive of a service, or in the settings for a service that they declare. */
export interface ServiceArchive {
  readonly name: string
  /** Empty when the archive says none. */
  readonly description: string
  readonly version?: string
  readonly provider: string
  readonly properties: Readonly<Record<string, string>>
  readonly objects: ReadonlyArray<Json>
  readonly requestSchema?: JsonObject
  readonly responseSchema?: JsonObject
  /** In hexadecimal. */
  readonly sha256: string
  /** The bytes of a file by its path in the archive. */
  readonly file: (path: string) => Uint8Array | undefined
}

/** What the host gives a provider. */
export interface ProviderHost {
  /** Tells a status that no call has asked for. Ignored once the provider has been replaced. */
  readonly report: (status: Status) => void
  /** Writes a line to the host's log. */
  readonly log: (line: string) => void
  /** What `providerSettings` holds for the value of the manifest; null when it holds nothing. */
  readonly settings: Json
}

/** Serves one service. Every call may come again, and is bounded by the host. */
export interface Provider {
  /** Shown as `serviceProvider`. */
  readonly getProviderName: () => string
  /** Shown as `dataXformProvider`; `DATA_UNAVAILABLE` without it. */
  readonly dataXform?: string
  /** Shown beside the `zosConnect` member; `{}` when it fails. */
  readonly getData: () => JsonObject | Promise<JsonObject>
  /** The archive's schema without it. */
  readonly getRequestSchema?: () => JsonObject | Promise<JsonObject>
  readonly getResponseSchema?: () => JsonObject | Promise<JsonObject>
  /** Shown with the statistics; `{}` when it fails. */
  readonly getStatistics?: () => JsonObject | Promise<JsonObject>
  /** Answers the status reached, or nothing to be asked by `status`. */
  readonly start: () => Status | void | Promise<Status | void>
  /** As `start`; leaves requests alone that are running. */
  readonly stop: () => Status | void | Promise<Status | void>
  /** The present status, without a side effect; failing or late counts as unknown. */
  readonly status: () => Status | Promise<Status>
  /** Serves a request. Several may run at once, and those that run go on while the service is stopped. */
  readonly invoke: (request: Invocation) => Invoked | Promise<Invoked>
}

/** A request to a service. */
export interface Invocation {
  /** Absent when the body is empty. */
  readonly payload?: JsonObject
  /** Lower-case names; those that carry credentials are left out. */
  readonly headers: Readonly<Record<string, string>>
  /** Who calls; absent where nobody is asked. */
  readonly principal?: { readonly id: string; readonly roles: ReadonlyArray<string> }
  readonly requestId: string
  /** Aborts when the request has been answered as too late. A client that hangs up aborts nothing. */
  readonly signal: AbortSignal
}

/** What a service replies. */
export interface Invoked {
  /** An HTTP status from 200 to 599; 200 unless given. */
  readonly status?: number
  readonly body: Json
  readonly headers?: Readonly<Record<string, string>>
}

/** Makes a failure for a provider to throw. */
export const serviceFailure = (message: string, code = 500, body?: Json): ServiceFailure => ({
  _tag: 'ServiceFailure',
  message,
  code,
  ...(body !== undefined && { body }),
})

/** Tells a provider's own failure from any other thing that was thrown. */
export const isServiceFailure = (thrown: unknown): thrown is ServiceFailure =>
  typeof thrown === 'object' &&
  thrown !== null &&
  '_tag' in thrown &&
  thrown._tag === 'ServiceFailure' &&
  'message' in thrown &&
  typeof thrown.message === 'string'
