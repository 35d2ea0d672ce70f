import { fork } from 'node:child_process'

/** A process of the benchmark, asked one question at a time. */
export interface Child<Question, Answer> {
  readonly ask: (question: Question) => Promise<Answer>
  /** Asks it to end, and waits until it has. */
  readonly end: () => Promise<void>
  /** Ends it in the middle of whatever it does. */
  readonly kill: () => void
}

/** Starts a module as a process of its own; resolves when it says that it is ready. Its output goes nowhere, its errors here. */
export const startChild = async <Question, Answer>(
  module: URL,
  args: ReadonlyArray<string>,
  execArgv: ReadonlyArray<string> = [],
): Promise<Child<Question, Answer>> => {
  const child = fork(module, args, {
    execArgv: [...process.execArgv, ...execArgv],
    // What a server logs costs it a write, as it would in use.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const message = async <A>(): Promise<A> =>
    new Promise((resolve, reject) => {
      const heard = (said: unknown): void => {
        child.off('exit', gone)
        // Both ends are modules of this folder.
        resolve(said as A)
      }
      const gone = (): void => {
        child.off('message', heard)
        reject(new Error(`${module.pathname.split('/').at(-1)} ended`))
      }
      child.once('message', heard).once('exit', gone)
    })
  await message()
  return {
    ask: async (question) => {
      const answer = message<Answer>()
      child.send(question as object)
      return answer
    },
    end: async () => {
      if (child.connected) child.send(END)
      await ended
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/** In the child: says that it is ready, and answers what it is asked until it is asked to end. */
export const answerParent = <Question, Answer>({
  answer,
  end,
}: {
  readonly answer: (question: Question) => Answer | Promise<Answer>
  readonly end: () => void | Promise<void>
}): void => {
  process.on('message', async (said) => {
    if (said === END) {
      await end()
      process.exit(0)
    }
    process.send?.(await answer(said as Question))
  })
  // Without its parent it has nothing to do.
  process.on('disconnect', () => process.exit(1))
  process.send?.('ready')
}

// -- internals

const END = 'end'
