import type { Reply } from './reply.ts'

/** Answers in the host's own words: a problem of RFC 9457. @see https://www.rfc-editor.org/rfc/rfc9457 */
export const problem = (
  status: number,
  title: string,
  {
    detail,
    headers = {},
  }: { readonly detail?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify({
    type: 'about:blank',
    title,
    status,
    ...(detail !== undefined && { detail }),
  }),
})
