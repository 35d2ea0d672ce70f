import * as E from 'fp-ts/lib/Either.js'

/** Spells bytes in base64. */
export const toBase64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += PART)
    text += String.fromCharCode(...bytes.subarray(at, at + PART))
  return btoa(text)
}

/** Reads base64; undefined when it is none. */
export const fromBase64 = (text: string): Uint8Array | undefined =>
  E.getOrElseW(() => undefined)(
    E.tryCatch(
      () => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
      () => undefined,
    ),
  )

// -- internals

// As many arguments as any engine takes.
const PART = 8192
