/** Why the server does not start or go on; each is one line for the operator and one exit code. */
export type Failure =
  /** `source` is a file, an environment variable or an option; `path` leads to the member that is wrong, or is empty. */
  | {
      readonly _tag: 'Misconfigured'
      readonly source: string
      readonly path: string
      readonly problem: string
    }
  | { readonly _tag: 'Unavailable'; readonly resource: string; readonly problem: string }

export const misconfigured = (source: string, path: string, problem: string): Failure => ({
  _tag: 'Misconfigured',
  source,
  path,
  problem,
})

export const unavailable = (resource: string, problem: string): Failure => ({
  _tag: 'Unavailable',
  resource,
  problem,
})

/** Says a failure in one line, without a line break whatever it quotes. */
export const lineOf = (failure: Failure): string => {
  const { problem } = failure
  const parts =
    failure._tag === 'Misconfigured' ? [failure.source, failure.path] : [failure.resource]
  return ['signalbox', ...parts.filter((part) => part !== ''), problem]
    .join(': ')
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
}

/** 2 when a person has to change the configuration, 1 when the machine is in the way. */
export const exitCodeOf = ({ _tag }: Failure): 1 | 2 => (_tag === 'Misconfigured' ? 2 : 1)
