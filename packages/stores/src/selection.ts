/** A value as every database takes it. */
export type Value = null | number | string

/** Part of a where clause, with the values of its parameters. */
export interface Condition {
  readonly sql: string
  readonly values: ReadonlyArray<Value>
}

/** A statement with the values of its parameters; its text depends on its shape only, so that it is prepared once. */
export type Selection = Condition

/** Makes a condition. */
export const condition = (sql: string, ...values: ReadonlyArray<Value>): Condition => ({
  sql,
  values,
})

/** Makes a condition out of a value, or none when there is no value. */
export const given = <A extends Value>(
  sql: string,
  value: A | undefined,
): ReadonlyArray<Condition> => (value === undefined ? [] : [condition(sql, value)])

/** Makes a condition that a column holds one of several words. */
export const among = (column: string, words: ReadonlyArray<string>): Condition =>
  condition(`${column} in (${words.map(() => '?').join(', ')})`, ...words)

/** Selects some rows in order. */
export const selection = ({
  columns,
  from,
  where,
  order,
  limit,
}: {
  readonly columns: string
  readonly from: string
  readonly where: ReadonlyArray<Condition>
  readonly order: string
  readonly limit: number
}): Selection => ({
  sql: [
    `select ${columns} from ${from}`,
    where.length > 0 ? ` where ${where.map(({ sql }) => sql).join(' and ')}` : '',
    ` order by ${order} limit ?`,
  ].join(''),
  values: [...where.flatMap(({ values }) => values), limit],
})
