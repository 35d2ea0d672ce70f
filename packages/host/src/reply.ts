/** An HTTP answer as data. */
export interface Reply {
  readonly status: number
  /** A value that is a list is sent as repeated headers. */
  readonly headers?: Readonly<Record<string, string | ReadonlyArray<string>>>
  /** A stream is sent as it comes. Absent: no body, and no `Content-Type` of the host's making. */
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>
}

/** Answers a value as compact JSON; `application/json` unless the headers say otherwise. */
export const json = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string | ReadonlyArray<string>>> = {},
): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
})

/** Answers without a body. */
export const empty = (
  status: number,
  headers: Readonly<Record<string, string | ReadonlyArray<string>>> = {},
): Reply => ({ status, headers })
