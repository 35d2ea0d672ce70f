import * as t from 'io-ts'

/** What is wrong with a value, and where: a dotted path and the name of what was expected there. */
export interface Issue {
  readonly path: string
  readonly expected: string
}

/** Renders the failures of a codec as `path: reason` facts; the path is dotted and starts at the decoded value. */
export const issuesOf = (
  errors: t.Errors,
  under: ReadonlyArray<string> = [],
): ReadonlyArray<Issue> =>
  errors.map((error) => ({
    path: [...under, ...keysOf(error)].filter((key) => key !== '').join('.'),
    expected: expectedBy(error),
  }))

/** A member that a codec refuses: its JSON Pointer within the decoded value, and the name of what was expected there. */
export interface Misfit {
  readonly pointer: string
  readonly expected: string
}

/** Renders the failures of a codec with pointers, each of them once. @see https://www.rfc-editor.org/rfc/rfc6901 */
export const misfitsOf = (errors: t.Errors): ReadonlyArray<Misfit> => [
  ...new Map(
    errors.map((error) => {
      const pointer = keysOf(error)
        .map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
        .join('')
      const expected = choicesOf(error) ?? expectedBy(error)
      return [`${pointer} ${expected}`, { pointer, expected }]
    }),
  ).values(),
]

// -- internals

const keysOf = ({ context }: t.ValidationError): ReadonlyArray<string> =>
  context.slice(1).flatMap(({ key }, index) => (isPart(context[index]) ? [] : [key]))

const expectedBy = ({ message, context }: t.ValidationError): string =>
  message ?? context.at(-1)?.type.name ?? 'something else'

const choicesOf = ({ message, context }: t.ValidationError): string | undefined => {
  const type: unknown = context.at(-1)?.type
  return message === undefined && type instanceof t.KeyofType
    ? `one of ${Object.keys(type.keys as object).join(', ')}`
    : undefined
}

// The members of an intersection or a union are numbered in the library's paths, but not in the value.
const isPart = (parent: t.ContextEntry | undefined): boolean => {
  let type: unknown = parent?.type
  // Wrappers stand in the path in place of what they wrap.
  while (type instanceof t.ReadonlyType || type instanceof t.RefinementType) type = type.type
  return type instanceof t.IntersectionType || type instanceof t.UnionType
}
