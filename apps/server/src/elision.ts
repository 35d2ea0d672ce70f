/** Stands in a shown value where the page has left something out. */
const LEFT_OUT = '…'

/** Reads JSON in which ellipses stand for members or items that are left out. */
export const readShown = (text: string): unknown => {
  const open: Array<string> = []
  const marked = text.replaceAll(/"(?:[^"\\]|\\.)*"|[{}[\]…]/g, (token) => {
    if (token === '{' || token === '[') open.push(token)
    else if (token === '}' || token === ']') open.pop()
    else if (token === LEFT_OUT) return open.at(-1) === '{' ? `"${LEFT_OUT}":null` : `"${LEFT_OUT}"`
    return token
  })
  return JSON.parse(marked)
}

/** What is shown, without the marks of what is not. */
export const withoutElisions = (shown: unknown): unknown => {
  if (Array.isArray(shown)) return shown.filter((item) => item !== LEFT_OUT).map(withoutElisions)
  if (!isRecord(shown)) return shown
  const members = Object.entries(shown).filter(([name]) => name !== LEFT_OUT)
  return Object.fromEntries(members.map(([name, value]) => [name, withoutElisions(value)]))
}

/**
 * What there really is, without what the page has left out: of an object the members that are not shown, of an array the
 * items beside those shown. `isLike` tells whether an item may be the one that is shown.
 */
export const pruned = (
  shown: unknown,
  real: unknown,
  isLike: (shown: unknown, real: unknown) => boolean,
): unknown => {
  if (Array.isArray(shown) && Array.isArray(real)) {
    const items = shown.filter((item) => item !== LEFT_OUT)
    if (items.length === shown.length)
      return real.map((item, at) => (at < shown.length ? pruned(shown[at], item, isLike) : item))
    let from = 0
    return items.flatMap((item) => {
      const at = real.findIndex(
        (one, index) => index >= from && isLike(withoutElisions(item), pruned(item, one, isLike)),
      )
      if (at === -1) return []
      from = at + 1
      return [pruned(item, real[at], isLike)]
    })
  }
  if (!isRecord(shown) || !isRecord(real)) return real
  const members = Object.entries(real).filter(
    ([name]) => Object.hasOwn(shown, name) || !Object.hasOwn(shown, LEFT_OUT),
  )
  return Object.fromEntries(
    members.map(([name, value]) => [name, pruned(shown[name], value, isLike)]),
  )
}

// -- internals

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
