import { styleText } from 'node:util'

/** A style that carries a meaning; what it means is also said in words, so that nothing is lost without colours. */
export type Style = 'good' | 'bad' | 'busy' | 'faint' | 'strong'

/** Where a command writes. */
export interface Terminal {
  /** How wide it is; undefined when it is no terminal, and then nothing is shortened. */
  readonly columns: number | undefined
  readonly print: (text: string) => void
  /** Says something beside the result, on standard error. */
  readonly note: (text: string) => void
  /** Colours a text, where there are colours. */
  readonly paint: (style: Style, text: string) => string
  /** Aborts when nobody reads any more. */
  readonly closed: AbortSignal
}

/** The terminal of the process; without colours when it is none, or when NO_COLOR is set. */
export const openTerminal = (): Terminal => {
  const closed = new AbortController()
  const { stdout, stderr } = process
  stdout.on('error', () => closed.abort())
  return {
    columns: stdout.isTTY ? stdout.columns : undefined,
    print: (text) => void stdout.write(text),
    note: (text) => void stderr.write(text),
    paint: (style, text) =>
      text === '' ? text : styleText(STYLES[style], text, { stream: stdout }),
    closed: closed.signal,
  }
}

// -- internals

const STYLES = {
  good: 'green',
  bad: 'red',
  busy: 'yellow',
  faint: 'dim',
  strong: 'bold',
} as const
