/** Calls back once, after so many ms; answers the way to cancel it. */
export type After = (ms: number, callback: () => void) => () => void

/** Makes the way to ask for work that is begun at once, or as soon as the last of it is done and some ms have passed. */
export const paced = (after: After, work: () => Promise<void>): (() => void) => {
  let resting = false
  let asked = false
  const ask = (): void => {
    asked = resting
    if (resting) return
    resting = true
    void work().then(() =>
      after(PACE_MS, () => {
        resting = false
        if (asked) ask()
      }),
    )
  }
  return ask
}

// -- internals

const PACE_MS = 25
