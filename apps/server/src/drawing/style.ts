/** Monospaced, since then a text is as wide wherever it is shown. */
export const FONT = {
  'font-family': "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Courier New', monospace",
  'font-size': 12,
}

/** How wide a letter is, how high a line of text, and how far its letters stand below its top, in pixels. */
export const LETTER = 7.25
export const LINE = 16
export const BASELINE = 12

/** The colours of lines and of what is said of them; the dashes tell the same. */
export const INK = {
  command: '#174ea6',
  report: '#0b6b4f',
  deadline: '#9a3d00',
  several: '#444444',
  initial: '#333333',
} as const

/** The dashes of lines; without any they are solid. */
export const DASHES = {
  command: undefined,
  report: '6 4',
  deadline: '1.5 3.5',
  several: '12 3 1.5 3',
  initial: undefined,
} as const

/** The ground, the frames, and texts that belong to no line. */
export const GROUND = '#ffffff'
export const FRAME = '#333333'
export const TEXT = '#1b1b1b'
