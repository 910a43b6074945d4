/*
 * What the demo prints: short sentences under chapter headings. Colour only on a terminal; the same text, plain, goes to
 * the transcript.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import { messageOf } from '#core/errors.ts'

type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan'

const codes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, green: 32, red: 31, cyan: 36 }

export interface StepResult {
  readonly chapter: string
  readonly step: string
  readonly held: boolean
  readonly seconds: number
}

/** Ends the chapter: the steps that build on a failed one would only repeat its failure. */
export class StepFailed extends Error {}

export class Screen {
  readonly results: StepResult[] = []
  readonly transcript: string
  private readonly colour: boolean
  private chapterName = ''

  constructor(options: { readonly transcript: string; readonly colour: boolean }) {
    this.colour = options.colour
    this.transcript = options.transcript
    mkdirSync(dirname(this.transcript), { recursive: true })
    writeFileSync(this.transcript, '')
  }

  title(text: string): void {
    this.print(text, 'bold')
    this.print('─'.repeat(text.length), 'dim')
  }

  chapter(name: string, sentence: string): void {
    this.chapterName = name
    this.print('')
    this.print(`${name}  ${sentence}`, 'bold', 'cyan')
  }

  /** One sentence, then what the body says below it; a body that throws is a step that did not hold. */
  async step(sentence: string, body: () => Promise<void>): Promise<void> {
    const started = performance.now()
    const result = (held: boolean): StepResult => ({
      chapter: this.chapterName,
      step: sentence,
      held,
      seconds: (performance.now() - started) / 1000,
    })
    this.print('')
    this.print(`  ▸ ${sentence}`, 'bold')
    try {
      await body()
      this.results.push(result(true))
    } catch (error) {
      this.results.push(result(false))
      this.print(`    ✗ ${messageOf(error)}`, 'red')
      throw new StepFailed(sentence, { cause: error })
    }
  }

  /** A fact that was checked. */
  holds(sentence: string): void {
    this.print(`    ✓ ${sentence}`, 'green')
  }

  say(sentence: string): void {
    this.print(`    ${sentence}`)
  }

  /** What a program printed, as it printed it. */
  quote(command: string, output: string): void {
    this.print(`    $ ${command}`, 'dim')
    for (const line of output.trimEnd().split('\n')) this.print(`      ${line}`, 'dim')
  }

  plain(line: string): void {
    this.print(line)
  }

  failed(line: string): void {
    this.print(line, 'red')
  }

  private print(line: string, ...styles: readonly Style[]): void {
    appendFileSync(this.transcript, `${line}\n`)
    const start = styles.map((style) => `\u001b[${codes[style]}m`).join('')
    process.stdout.write(this.colour && start !== '' ? `${start}${line}\u001b[0m\n` : `${line}\n`)
  }
}
