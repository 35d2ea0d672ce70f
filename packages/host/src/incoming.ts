import type * as t from 'io-ts'
import type { Principal } from './principal.ts'

/** A request as plugins see it, before anything in it is decoded but its path. */
export interface Incoming {
  /** The request id, as logged and as `X-Request-Id` where a plugin answers it. */
  readonly id: string
  /** When it arrived, in ms since the epoch. */
  readonly at: number
  readonly method: string
  readonly url: URL
  /** The raw pathname that the route table was asked about, after the plugin's `locate`. */
  readonly path: string
  /** What `locate` read from the path. */
  readonly located: Readonly<Record<string, string>>
  readonly headers: Headers
  /** The peer's address, empty when there is none. */
  readonly remote: string
  /** True when the connection is encrypted. */
  readonly secure: boolean
}

/** A request that was admitted, matched and decoded. */
export interface Decoded<Params, Query, Body, Sight, Prepared> extends Incoming {
  readonly principal: Principal
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** The bytes of the body as they came; empty when the route declares none. */
  readonly bytes: Uint8Array
  /** What the route's `sight` found. */
  readonly sight: Sight
  /** What the route's `prepare` found. */
  readonly prepared: Prepared
}

/** A request that was admitted, whatever became of it. */
export interface Audited extends Incoming {
  readonly principal: Principal
  /** The name of the route that answered; absent when none did. */
  readonly route: string | undefined
  /** The beginning of its body, at most so many bytes; empty when it cannot be had any more. */
  readonly begin: (limit: number) => Promise<Uint8Array>
}

/** What is wrong with a request that its route could not decode. */
export type Malformed =
  /** The path does not percent-decode. */
  | { readonly _tag: 'MalformedPath' }
  | {
      readonly _tag: 'InvalidParams'
      readonly params: Readonly<Record<string, string>>
      readonly errors: t.Errors
    }
  | { readonly _tag: 'InvalidQuery'; readonly query: URLSearchParams; readonly errors: t.Errors }
  | { readonly _tag: 'UnsupportedMediaType'; readonly mediaType: string | undefined }
  /** `limit` in bytes. */
  | { readonly _tag: 'TooLarge'; readonly limit: number }
  | { readonly _tag: 'InvalidEncoding' }
  /** Not JSON; `text` is the body, `message` the parser's own. Empty bodies come here too. */
  | { readonly _tag: 'InvalidJson'; readonly text: string; readonly message: string }
  /** JSON, but not what the codec accepts. */
  | { readonly _tag: 'InvalidBody'; readonly value: unknown; readonly errors: t.Errors }
