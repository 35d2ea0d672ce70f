import { SIGNALBOX } from '../control/role.ts'
import type { Provider } from '../control/site.ts'
import { createFallback } from '../fallback.ts'
import type { Fallback } from '../fallback.ts'
import { createPipeline } from '../pipeline.ts'
import type { Answered, Arrival, Pipeline, PipelineOptions } from '../pipeline.ts'
import type { Mounted } from '../plugin.ts'
import type { ServicesOptions } from '../services.ts'
import { handlingOf } from './handling.ts'
import { rehearsalReply } from './rehearsal-reply.ts'
import { buildStage } from './stage.ts'
import type { Stage, StageOptions } from './stage.ts'

/** Gives requests to what handles them for real, or rehearses them, as they ask for. */
export interface Rehearsals {
  readonly ofPlugin: (name: string, mounted: Mounted, real: Pipeline) => Pipeline
  /** `over` makes the control plane for one rehearsal, in which every provider may take part. */
  readonly ofControl: (
    control: Mounted,
    real: Pipeline,
    over: (stage: Stage) => Mounted,
  ) => Pipeline
  readonly ofFallback: (
    name: string,
    mounted: Mounted,
    real: Fallback | undefined,
  ) => Fallback | undefined
}

interface RehearsalOptions extends StageOptions, Pick<PipelineOptions, 'bodyLimit'> {
  readonly shared: ServicesOptions
  readonly providers: () => ReadonlyArray<Provider>
}

/**
 * Makes the rehearsals of a host. A request that prefers `handling=dry-run` takes the way of every request, from its admission
 * to its audit, on a stage of its own, whose writes are thrown away. Its answer tells the reply that it would have had, and
 * what it would have changed. Who is not admitted, and what no route takes, is answered as ever.
 */
export const createRehearsals = (options: RehearsalOptions): Rehearsals => {
  const { bodyLimit, shared } = options

  const rehearse = async (
    name: string,
    mounted: Mounted,
    { shared: staged, changes }: Stage,
    arrival: Arrival,
  ): Promise<Answered> => {
    const pipeline = createPipeline(name, mounted, { ...staged, bodyLimit, rehearsing: true })
    const answered = await pipeline(arrival)
    return answered.own === true || answered.route === undefined || answered.unrehearsable === true
      ? answered
      : { ...answered, reply: await rehearsalReply(answered.reply, changes, arrival.id) }
  }

  const ways = (
    name: string,
    mounted: Mounted,
    real: Pipeline,
    rehearsed: Pipeline | undefined,
  ): Pipeline => {
    const refusing = (because: 'route' | 'preference'): Pipeline =>
      createPipeline(name, mounted, {
        ...shared,
        bodyLimit,
        refuses: { _tag: 'Unrehearsable', because },
      })
    const unknown = refusing('preference')
    const dry = rehearsed ?? refusing('route')
    return (arrival) => {
      switch (handlingOf(arrival.request)) {
        case 'real':
          return real(arrival)
        case 'dry-run':
          return dry(arrival)
        case 'unknown':
          return unknown(arrival)
      }
    }
  }

  const stageFor = (
    name: string,
    mounted: Mounted,
  ): { readonly stage: Stage; readonly anew: Mounted } => {
    const stage = buildStage(options, [{ name, mounted, reason: undefined }])
    return { stage, anew: stage.providers[0]?.mounted ?? mounted }
  }

  return {
    ofPlugin: (name, mounted, real) =>
      ways(
        name,
        mounted,
        real,
        mounted.rehearsed &&
          ((arrival) => {
            const { stage, anew } = stageFor(name, mounted)
            return rehearse(name, anew, stage, arrival)
          }),
      ),
    ofControl: (control, real, over) =>
      ways(SIGNALBOX, control, real, (arrival) => {
        const stage = buildStage(options, options.providers())
        return rehearse(SIGNALBOX, over(stage), stage, arrival)
      }),
    ofFallback: (name, mounted, real) => {
      if (real === undefined) return undefined
      return async (arrival) => {
        const handling = handlingOf(arrival.request)
        if (handling === 'real') return real(arrival)
        // Whoever cannot be rehearsed cannot be asked whether this is its own, either.
        if (mounted.rehearsed === undefined) return undefined
        const { stage, anew } = stageFor(name, mounted)
        const answered = await createFallback(name, anew, stage.shared.log)?.(arrival)
        if (answered === undefined || handling === 'dry-run') return answered
        const { answers } = mounted
        const refused: Mounted['fallback'] = async (incoming) =>
          answers.refuse(incoming, { _tag: 'Unrehearsable', because: 'preference' })
        return createFallback(name, { answers, fallback: refused }, shared.log)?.(arrival)
      }
    },
  }
}
