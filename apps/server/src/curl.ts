import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Sends what a printed curl would send; knows no more of its options than the banner and the documents use. For tests. */
export const sendCurl = (printed: string): Promise<Response> => sendCurlFrom('.', printed)

/** Sends it from a folder, whose files it may send. */
export const sendCurlFrom = (folder: string, printed: string): Promise<Response> => {
  const words = [...printed.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  )
  const headers = new Headers()
  let method: string | undefined
  let body: string | Uint8Array<ArrayBuffer> | undefined
  let url = ''
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '-i' || word === '-s' || word === '-N' || word === '-iN') continue
    if (!word.startsWith('-')) {
      url = word
      continue
    }
    at += 1
    const value = words[at] ?? ''
    if (word === '-X') method = value
    else if (word === '-d') body = value
    else if (word === '--data-binary') body = readFileSync(join(folder, value.replace('@', '')))
    else if (word === '-u') headers.set('authorization', `Basic ${btoa(value)}`)
    else if (word === '-H') {
      const [, name = '', text = ''] = /^([^:]+): (.*)$/s.exec(value) ?? []
      headers.set(name, text)
    } else throw new Error(`what is ${word}?`)
  }
  // As curl does it: what has a body is posted, as a form unless something else is said.
  if (body !== undefined && !headers.has('content-type'))
    headers.set('content-type', 'application/x-www-form-urlencoded')
  return fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    body: body ?? null,
  })
}
