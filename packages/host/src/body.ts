import * as E from 'fp-ts/lib/Either.js'
import type { Malformed } from './incoming.ts'
import type { BodySpec } from './route.ts'

/** The body of a request: its bytes as they came and what the route's codec is asked about. */
export interface Body {
  readonly bytes: Uint8Array
  readonly value: unknown
}

/** A request without a body, or whose route reads none. */
export const noBody: Body = { bytes: new Uint8Array(0), value: undefined }

/**
 * Reads what a route declares: media type, then size while it comes in, then encoding and syntax. Members named
 * `__proto__` are left out of JSON, and JSON nested more than 64 deep is refused as `InvalidJson`.
 */
export const readBody = async (
  request: Request,
  spec: BodySpec<unknown>,
  hostLimit: number,
): Promise<E.Either<Malformed, Body>> => {
  const mediaType = mediaTypeOf(request.headers)
  const accepted =
    spec.mediaTypes === undefined ||
    (mediaType !== undefined && spec.mediaTypes.some((one) => one.toLowerCase() === mediaType))
  const optional = spec.kind === 'json' && Object.hasOwn(spec, 'ifEmpty')
  const unsupported = E.left({ _tag: 'UnsupportedMediaType', mediaType } as const)
  // Nothing at all needs no media type where nothing at all is accepted.
  if (!accepted && !(optional && mediaType === undefined)) return unsupported
  const limit = spec.limit ?? hostLimit
  const declared = request.headers.get('content-length')
  const tooLarge = E.left({ _tag: 'TooLarge', limit } as const)
  let bytes = noBody.bytes
  if (declared !== null && Number(declared) > limit) return tooLarge
  if (declared !== '0') {
    try {
      // The declared length bounds what the platform hands over; whoever lies about it is measured all the same.
      const read =
        declared !== null && /^\d+$/.test(declared)
          ? new Uint8Array(await request.arrayBuffer())
          : await gather(request, limit)
      if (read === undefined || read.length > limit) return tooLarge
      bytes = read
    } catch {
      // The client went away in the middle.
      return E.left({ _tag: 'InvalidEncoding' })
    }
  }
  if (!accepted && bytes.length > 0) return unsupported
  if (spec.kind === 'bytes') return E.right({ bytes, value: bytes })
  if (bytes.length === 0 && optional) return E.right({ bytes, value: spec.ifEmpty })
  return E.map((value: unknown) => ({ bytes, value }))(parseJson(bytes))
}

/** The first bytes of a body: of what was read of it or, if nothing was, of the request itself. */
export const beginningOf = async (
  request: Request,
  bytes: Uint8Array | undefined,
  limit: number,
): Promise<Uint8Array> => {
  if (bytes !== undefined) return bytes.subarray(0, limit)
  if (request.bodyUsed || request.body === null) return noBody.bytes
  const chunks: Array<Uint8Array> = []
  try {
    const reader = request.body.getReader()
    for (let length = 0; length < limit;) {
      const { done, value } = await reader.read()
      if (done) return joined(chunks).subarray(0, limit)
      chunks.push(value)
      length += value.byteLength
    }
    reader.cancel().catch(() => {})
  } catch {
    // The client went away in the middle.
  }
  return joined(chunks).subarray(0, limit)
}

/** Parses JSON as every body is parsed. */
export const parseJson = (bytes: Uint8Array): E.Either<Malformed, unknown> => {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return E.left({ _tag: 'InvalidEncoding' })
  }
  try {
    const value: unknown = JSON.parse(text)
    return cleanse(value, DEEPEST)
      ? E.right(value)
      : E.left({ _tag: 'InvalidJson', text, message: `nested more than ${DEEPEST} deep` })
  } catch (thrown) {
    return E.left({ _tag: 'InvalidJson', text, message: (thrown as SyntaxError).message })
  }
}

// -- internals

const DEEPEST = 64

const decoder = new TextDecoder('utf-8', { fatal: true })

const mediaTypeOf = (headers: Headers): string | undefined => {
  const header = headers.get('content-type')
  if (header === null) return undefined
  const essence = header.split(';', 1)[0]?.trim().toLowerCase()
  return essence === '' ? undefined : essence
}

// Undefined when there is more of it than the limit.
const gather = async (request: Request, limit: number): Promise<Uint8Array | undefined> => {
  if (request.body === null) return noBody.bytes
  const reader = request.body.getReader()
  const chunks: Array<Uint8Array> = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return joined(chunks)
    length += value.byteLength
    if (length > limit) {
      reader.cancel().catch(() => {})
      return undefined
    }
    chunks.push(value)
  }
}

const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

// Tells whether a value is nested no deeper than so, and takes out what a careless copy would make a prototype.
const cleanse = (value: unknown, depth: number): boolean => {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => cleanse(item, depth - 1))
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') delete (value as Record<string, unknown>)[name]
    else if (!cleanse(member, depth - 1)) return false
  }
  return true
}
