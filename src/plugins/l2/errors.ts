/** The engine, or the thread it runs in, has failed; a new one has to be started. */
export class EngineLost extends Error {
  override readonly name = 'EngineLost'

  constructor(cause: string) {
    super(`the l2 engine is gone: ${cause}`)
  }
}
