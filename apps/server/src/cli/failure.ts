/** What a command ends with, for scripts; documented in docs/cli.md. */
export const EXIT = {
  /** Refused by the state of the service, or failed in any way that has no code of its own. */
  failed: 1,
  /** The command line, the configuration or the payload is wrong. */
  usage: 2,
  /** No server answers, or it says that it cannot now. */
  unreachable: 3,
  /** Nothing of that name, or nothing that the caller may see. */
  absent: 4,
  /** The token is missing, unknown, or of too low a role. */
  forbidden: 5,
  /** The service has another revision than was asked for. */
  changed: 6,
} as const

/** How a command that talks to a host or a store has failed: one line for people, one code for scripts. */
export interface Trouble {
  readonly _tag: 'Trouble'
  readonly exit: (typeof EXIT)[keyof typeof EXIT]
  readonly message: string
}

/** Makes the failure of a kind; the message says what to do where that is known. */
export const trouble = (kind: keyof typeof EXIT, message: string): Trouble => ({
  _tag: 'Trouble',
  exit: EXIT[kind],
  message,
})
