import { initialTransition, transition } from 'xstate'
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import { deadlineName } from './action.ts'
import { emissionOf } from './step.ts'
import type { Emission, Engine, Step } from './step.ts'

/** Runs a chart by the statechart library's pure functions, which build an actor for each call: the measure of the other. */
export const referenceEngine = (chart: AnyStateMachine): Engine => ({
  begin: (input) => {
    const [after, asked] = initialTransition(chart, input)
    return stepOf(after as AnyMachineSnapshot, asked, true)
  },
  step: (value, context, event) => {
    const before: AnyMachineSnapshot = chart.resolveState({ value, context })
    const [after, asked] = transition(chart, before, event)
    const handled = after !== before || asked.length > 0 || before.can(event)
    return stepOf(after as AnyMachineSnapshot, asked, handled)
  },
})

// -- internals

interface Asked {
  readonly type: string
  readonly params: unknown
}

const stepOf = (
  snapshot: AnyMachineSnapshot,
  asked: ReadonlyArray<Asked>,
  handled: boolean,
): Step => {
  if (snapshot.status === 'error') throw snapshot.error
  return {
    value: snapshot.value as Step['value'],
    context: snapshot.context as object,
    done: snapshot.status === 'done',
    handled,
    emissions: asked.map(emitted),
  }
}

const emitted = ({ type, params }: Asked): Emission => {
  if (type === 'xstate.raise') {
    const { event, delay } = params as { event: { type: string }; delay: number }
    return { kind: 'arm', name: deadlineName(event.type) ?? '', delay }
  }
  if (type === 'xstate.cancel') {
    const { sendId } = params as { sendId: string }
    return { kind: 'cancel', name: deadlineName(sendId) ?? '' }
  }
  return emissionOf(type, params)
}
