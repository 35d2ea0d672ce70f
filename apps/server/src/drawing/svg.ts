/** Attributes by name; what is undefined is left out, and a number is said to a tenth. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

/** Writes an element of SVG around what has been written before, or around a text. */
export const element = (
  name: string,
  attributes: Attributes,
  content: string | ReadonlyArray<string> = [],
): string => {
  const said = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? tenths(value) : escaped(value ?? '')}"`,
    )
    .join('')
  const inner = typeof content === 'string' ? escaped(content) : content.join('')
  return inner === '' ? `<${name}${said}/>` : `<${name}${said}>${inner}</${name}>`
}

/** Spells a number as short as a tenth of a pixel allows. */
export const tenths = (value: number): string => String(Math.round(value * 10) / 10 + 0)

// -- internals

const escaped = (text: string): string =>
  text
    // What XML cannot hold in any spelling.
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
