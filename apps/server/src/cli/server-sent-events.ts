/** One block of a stream of server-sent events; `data` is undefined where it only names a place or a pause. */
export interface Block {
  readonly id?: string
  readonly data?: string
  /** In ms. */
  readonly retry?: number
}

/**
 * Reads blocks out of the pieces of a stream; a comment, which only shows that the other side is there, makes an empty
 * one. What a stream that breaks has begun is dropped, as the format wants it.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readBlocks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  const decoder = new TextDecoder()
  let rest = ''
  let lines: Array<string> = []
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true })
    for (;;) {
      const end = END_OF_LINE.exec(rest)
      if (end === null) break
      const line = rest.slice(0, end.index)
      rest = rest.slice(end.index + end[0].length)
      if (line !== '') lines.push(line)
      else if (lines.length > 0) {
        yield blockOf(lines)
        lines = []
      }
    }
  }
}

// -- internals

// A carriage return at the end of a piece may be half of a line's end.
const END_OF_LINE = /\r\n|\n|\r(?!$)/

const blockOf = (lines: ReadonlyArray<string>): Block => {
  const data: Array<string> = []
  let id: string | undefined
  let retry: number | undefined
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? []
    if (name === 'data') data.push(value)
    else if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'retry' && /^\d+$/.test(value)) retry = Number(value)
  }
  return {
    ...(id !== undefined && { id }),
    ...(data.length > 0 && { data: data.join('\n') }),
    ...(retry !== undefined && { retry }),
  }
}
