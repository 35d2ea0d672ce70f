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
    path: [
      ...under,
      ...error.context
        .slice(1)
        .flatMap(({ key }, index) => (isPart(error.context[index]) ? [] : [key])),
    ]
      .filter((key) => key !== '')
      .join('.'),
    expected: error.message ?? error.context.at(-1)?.type.name ?? 'something else',
  }))

// -- internals

// The members of an intersection or a union are numbered in the library's paths, but not in the value.
const isPart = (parent: t.ContextEntry | undefined): boolean => {
  let type: unknown = parent?.type
  // Wrappers stand in the path in place of what they wrap.
  while (type instanceof t.ReadonlyType || type instanceof t.RefinementType) type = type.type
  return type instanceof t.IntersectionType || type instanceof t.UnionType
}
