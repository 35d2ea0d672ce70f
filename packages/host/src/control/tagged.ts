import { empty } from '../reply.ts'
import type { Reply } from '../reply.ts'

/**
 * Answers a text with a tag of its bytes, and 304 to whoever has it already. It may be kept by who asked, and is asked for
 * again each time: what it says is the same until another release runs, and who may see it is judged anew.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export const tagged = async (
  asked: Headers,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> => {
  const etag = `"${await digestOf(body)}"`
  const kept = { etag, 'cache-control': 'private, no-cache' }
  return has(asked.get('if-none-match'), etag)
    ? empty(304, kept)
    : { status: 200, headers: { ...kept, ...headers }, body }
}

// -- internals

const has = (known: string | null, etag: string): boolean =>
  known !== null &&
  (known.trim() === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag))

const digestOf = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest, 0, 16)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
