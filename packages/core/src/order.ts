/**
 * Orders two strings by code point, as SQLite's BINARY collation and PostgreSQL's "C" do; `<` would compare UTF-16 units
 * and put an emoji before U+FB00.
 */
export const byCodePoint = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Orders what lies in a tenant: by tenant, then by id, both by code point. */
export const byTenantAndId = (a: Located, b: Located): number =>
  byCodePoint(a.tenant, b.tenant) || byCodePoint(a.id, b.id)

/** What lies in a tenant under an id. */
export interface Located {
  readonly tenant: string
  readonly id: string
}

// -- internals

// A surrogate is half of a code point above every single unit, so it sorts behind them all.
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
