import type { Definition, Status } from '@signalbox/core/zosconnect'
import type { Driver } from '@signalbox/host'

/** What starts and stops everything that is installed here, and tells its status, in place of the providers of this process. */
export interface Remote {
  readonly start: Driver
  readonly stop: Driver
  /** The status it has where it is; unknown when nobody can tell. */
  readonly status: (artefact: Pick<Definition, 'kind' | 'name'>) => Promise<Status>
}
