/* Lines out of a stream of bytes, with a bound on what waits for the end of its line. */
import { StringDecoder } from 'node:string_decoder'

export class LineSplitter {
  readonly #most: number
  readonly #decoder = new StringDecoder('utf8')
  #parts: string[] = []
  #length = 0

  /** `most`: characters that a line may have. */
  constructor(most: number) {
    this.#most = most
  }

  /** The lines that `chunk` completes, without their ends; undefined when one is too long. */
  feed(chunk: Buffer): string[] | undefined {
    const [first = '', ...rest] = this.#decoder.write(chunk).split('\n')
    this.#keep(first)
    const lines: string[] = []
    for (const part of rest) {
      if (this.#length > this.#most) return undefined
      lines.push(this.#taken())
      this.#keep(part)
    }
    return this.#length > this.#most ? undefined : lines
  }

  /** What came after the last line end. */
  rest(): string {
    return this.#taken()
  }

  #keep(part: string): void {
    this.#parts.push(part)
    this.#length += part.length
  }

  #taken(): string {
    const line = this.#parts.join('')
    this.#parts = []
    this.#length = 0
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }
}

const longestLogLine = 8192

/** Line by line, those that are too long in pieces, and what is left when the stream ends. */
export function followLog(stream: NodeJS.ReadableStream, said: (line: string) => void): void {
  const lines = new LineSplitter(longestLogLine)
  stream.on('data', (chunk: Buffer) => {
    for (const line of lines.feed(chunk) ?? [lines.rest().slice(0, longestLogLine)]) said(line)
  })
  stream.once('end', () => {
    const rest = lines.rest()
    if (rest !== '') said(rest)
  })
}
