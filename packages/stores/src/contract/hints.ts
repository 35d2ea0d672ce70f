import type { Hint } from '@signalbox/core/store'
import { expect, it } from 'vitest'
import { commitOf, effectOf, entryOf, refOf, stand } from './given.ts'
import type { Given } from './given.ts'

/** What one store is told of another's changes, where it is told of them. */
export const hintCases = (given: Given): void => {
  it('hints at what another has added and left, until its watcher has left', async ({ skip }) => {
    const { store, beside } = given()
    const { watch } = store
    if (watch === undefined || beside === undefined) return skip('it gives no hints')
    const other = await beside()
    const heard = new Set<Hint>()
    const leave = watch((of) => heard.add(of))
    // A hint may be missed, but not all of them.
    for (let n = 0; heard.size < 2; n += 1) {
      const ref = refOf(`s${n}`)
      const journal = [entryOf(`j${n}`, ref)]
      await stand(other, commitOf({ journal, effects: [effectOf(`e${n}`, ref)] }))
      await store.ping()()
    }
    leave()
    heard.clear()
    await stand(other, commitOf({ journal: [entryOf('late', refOf('late'))] }))
    await other.close()()
    expect([...heard]).toEqual([])
  })
}
