/** Another program that can be asked for the nearest thing to a change of a service's status. */
export interface Peer {
  readonly name: string
  /** The package whose version stands in the table. */
  readonly package: string
  /** What it does on such a request. */
  readonly does: string
  /** Why it cannot run on this machine, if it cannot. */
  readonly obstacle?: () => string | undefined
  /** Starts it with so many services; what it writes goes into the folder. */
  readonly start: (folder: string, services: number) => Promise<RunningPeer>
}

/** A peer that serves. */
export interface RunningPeer {
  readonly port: number
  /** Whole requests: for each lap one of every service. */
  readonly laps: ReadonlyArray<ReadonlyArray<string>>
  /** The status of the reply to a change. */
  readonly accepted: number
  readonly end: () => Promise<void>
  readonly kill: () => void
}

/** Laps of one call that names a service and a status. */
export const lapsOf = (
  services: number,
  call: (service: number, status: string) => string,
): RunningPeer['laps'] =>
  ['failed', 'deployed'].map((status) =>
    Array.from({ length: services }, (_, service) => call(service, status)),
  )
