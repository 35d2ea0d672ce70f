import * as E from 'fp-ts/lib/Either.js'

/** The right of a result; throws a left, which here is always something broken. */
export const expect = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}
