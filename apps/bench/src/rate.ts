/** Repeats work for about so many ms, at least once, and answers how often it was done in a second. */
export const rateOf = (work: () => void, ms: number): number => {
  const begun = performance.now()
  let times = 0
  let spent = 0
  do {
    work()
    times += 1
    spent = performance.now() - begun
  } while (spent < ms)
  return (times * 1000) / spent
}
