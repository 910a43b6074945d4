/** The engine, or the thread it runs in, has failed; a new one has to be started. */
export class EngineLost extends Error {
  override readonly name = 'EngineLost'

  constructor(cause: string) {
    super(`the l2 engine is gone: ${cause}`)
  }
}

/** The configuration asks for an npm package that cannot be loaded. */
export class RawSocketMissing extends Error {
  override readonly name = 'RawSocketMissing'

  constructor(cause: string, node: string) {
    super(
      `l2.ndp is raw-socket, but the npm package raw-socket cannot be loaded (${cause}): ` +
        'install it with npm install raw-socket (a compiler and Node 20 or 22 are needed; ' +
        `this is Node ${node}), or set l2.ndp to packet`,
    )
  }
}

/** A frame for an interface on which nothing is listened to, so that no socket is open. */
export class NotListening extends Error {
  override readonly name = 'NotListening'

  constructor(link: string) {
    super(`no socket is open on ${link}`)
  }
}
