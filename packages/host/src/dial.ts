/** One HTTP request that a driver or a provider sends. */
export interface DialRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Tells whether an address, as text, may be connected to. */
  readonly permits: (address: string) => boolean
  /** The most bytes of body that are read. */
  readonly limit: number
  readonly signal: AbortSignal
}

/** What became of it. */
export type Dialled =
  | {
      readonly _tag: 'Answered'
      readonly status: number
      readonly mediaType: string
      /** By lower-case name; the values of repeated ones are joined by commas. */
      readonly headers: Readonly<Record<string, string>>
      readonly body: Uint8Array
    }
  /** No address of the host may be connected to. */
  | { readonly _tag: 'Refused' }
  | { readonly _tag: 'TooLarge' }
  /** `sent` is false when nothing can have reached the other side. */
  | { readonly _tag: 'Unreachable'; readonly message: string; readonly sent: boolean }

/**
 * Sends a request, which an app does: it resolves the host, asks `permits` about each address, and connects to one of those
 * it has asked about, so that a name cannot mean another address a moment later. Redirects are not followed. Never rejects.
 */
export type Dial = (request: DialRequest) => Promise<Dialled>

/** Refuses everything: what a host does that nobody gave a way out. */
export const noDial: Dial = async () => ({ _tag: 'Refused' })
