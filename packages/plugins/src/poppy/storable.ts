/** Tells whether a text can be the key of something kept: a store takes no NUL and no half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\0') && encodable(text)

// -- internals

const encodable = (text: string): boolean => {
  try {
    encodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
