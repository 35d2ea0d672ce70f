import type { Dial, Dialled, DialRequest } from '@signalbox/host'

/** What becomes of what is sent: `cut` loses the answer of what has been carried out, `down` carries out nothing. */
export type Weather = 'fine' | 'cut' | 'down'

/** A line to another host in this process, and the weather over it. */
export interface Line {
  readonly dial: Dial
  /** What was sent, as `METHOD path`. */
  readonly sent: ReadonlyArray<string>
  readonly headers: ReadonlyArray<Readonly<Record<string, string>>>
  /** The weather from now on; a function is asked about each request. */
  readonly turn: (weather: Weather | ((request: DialRequest) => Weather)) => void
}

/** Makes a line in fine weather to whatever answers requests. */
export const createLine = (answer: (request: Request) => Promise<Response>): Line => {
  let weather: (request: DialRequest) => Weather = () => 'fine'
  const sent: Array<string> = []
  const headers: Array<Readonly<Record<string, string>>> = []
  const dial: Dial = async (request) => {
    const { url, method, body, permits, signal } = request
    const over = weather(request)
    if (!permits(ADDRESS)) return { _tag: 'Refused' }
    sent.push(`${method} ${url.pathname}${url.search}`)
    headers.push(request.headers)
    if (over === 'down') return { _tag: 'Unreachable', message: 'connection refused', sent: false }
    const response = await orAborted(
      answer(
        new Request(url, { method, headers: request.headers, ...(body !== undefined && { body }) }),
      ),
      signal,
    )
    if (response === undefined) return lost('it took too long')
    return over === 'cut' ? lost('socket hang up') : dialledOf(response)
  }
  return {
    dial,
    sent,
    headers,
    turn: (next) => {
      weather = typeof next === 'function' ? next : () => next
    },
  }
}

// -- internals

const ADDRESS = '93.184.216.34'

const lost = (message: string): Dialled => ({ _tag: 'Unreachable', message, sent: true })

const orAborted = async (
  response: Promise<Response>,
  signal: AbortSignal,
): Promise<Response | undefined> => {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  return Promise.race([response, aborted])
}

const dialledOf = async (response: Response): Promise<Dialled> => ({
  _tag: 'Answered',
  status: response.status,
  mediaType: (response.headers.get('content-type') ?? '').split(';', 1)[0] ?? '',
  headers: Object.fromEntries(response.headers),
  body: new Uint8Array(await response.arrayBuffer()),
})
