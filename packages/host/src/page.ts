import type { Reply } from './reply.ts'

/** A page of the app's own, which the host shows below its reserved path. */
export interface Page {
  /** Below `/_signalbox/`. */
  readonly path: string
  readonly reply: (asked: PageRequest) => Promise<Reply>
}

/** What a page is made from. */
export interface PageRequest {
  readonly headers: Headers
  /** The descriptions in OpenAPI that are served here, that of the control plane first. */
  readonly documents: ReadonlyArray<DescribedApi>
}

/** One of these descriptions. */
export interface DescribedApi {
  readonly name: string
  readonly title: string
  /** The path of the description. */
  readonly href: string
}
