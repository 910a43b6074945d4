/* Output in the three forms every command has: for people, and twice for programs. */
import { Option } from 'commander'
import { dump } from 'js-yaml'

import { plain, type Paint } from '#core/plan/paint.ts'

export const outputFormats = ['text', 'json', 'yaml'] as const

export type OutputFormat = (typeof outputFormats)[number]

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'text is for people, the others are for programs')
    .choices(outputFormats)
    .default('text')
}

/** `document` holds JSON values only. */
export function serialised(document: object, format: Exclude<OutputFormat, 'text'>): string {
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`
  return dump(document, { noRefs: true, lineWidth: -1 })
}

const colours: Paint = {
  strong: (text) => `\u001b[1m${text}\u001b[22m`,
  good: (text) => `\u001b[32m${text}\u001b[39m`,
  bad: (text) => `\u001b[31m${text}\u001b[39m`,
  faint: (text) => `\u001b[2m${text}\u001b[22m`,
}

export function paintFor({ isTTY }: { readonly isTTY: boolean }): Paint {
  return isTTY ? colours : plain
}
