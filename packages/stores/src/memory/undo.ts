/** What a change did, so that it can be undone. */
export interface Undo {
  readonly steps: Array<() => void>
}

/** Sets or deletes a row, and notes how to undo it. */
export const put = <Row>(
  undo: Undo,
  table: Map<string, Row>,
  key: string,
  row: Row | undefined,
): void => {
  const before = table.get(key)
  undo.steps.push(() => replace(table, key, before))
  replace(table, key, row)
}

/** Adds a row at an index, by default the end, and notes how to undo it. */
export const insert = <Row>(undo: Undo, rows: Array<Row>, row: Row, index = rows.length): void => {
  rows.splice(index, 0, row)
  undo.steps.push(() => {
    rows.splice(index, 1)
  })
}

/** Takes everything back, last change first, once. */
export const revert = (undo: Undo): void => {
  for (const step of undo.steps.splice(0).toReversed()) step()
}

// -- internals

const replace = <Row>(table: Map<string, Row>, key: string, row: Row | undefined): void => {
  if (row === undefined) table.delete(key)
  else table.set(key, row)
}
