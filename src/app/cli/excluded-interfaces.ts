/* MetalLB's list of interfaces on which nothing is announced: its ConfigMap metallb-excludel2, mounted as a file. */
import { readFileSync } from 'node:fs'

import { loadAll } from 'js-yaml'

import { isCode } from '../error-code.ts'
import type { PluginEntries } from '../plugin-entries.ts'

export const excludedFile = '/etc/metallb/excludel2.yaml'
const field = 'announcedInterfacesToExclude'

/**
 * The configuration of the l2 plugin with that list, where it has none of its own. Without the file nothing is changed.
 * Throws, naming file and field, when it is no such list.
 */
export function withExcludedInterfaces(entries: PluginEntries, file: string): PluginEntries {
  const { l2 = {} } = entries
  if (typeof l2 !== 'object' || l2 === null || 'excludeInterfaces' in l2) return entries
  const excludeInterfaces = patternsIn(file)
  return excludeInterfaces === undefined ? entries : { ...entries, l2: { ...l2, excludeInterfaces } }
}

function patternsIn(file: string): readonly string[] | undefined {
  const text = textOf(file)
  if (text === undefined) return undefined
  const [content = {}]: unknown[] = loadAll(text, { filename: file })
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new Error(`${file}: found ${JSON.stringify(content)}, allowed: a mapping with ${field}`)
  const { [field]: patterns = [] } = content as Readonly<Record<string, unknown>>
  if (!Array.isArray(patterns))
    throw new Error(
      `${file}: ${field}: found ${JSON.stringify(patterns)}, allowed: a list of regular expressions`,
    )
  return patterns.map((pattern: unknown, index) => {
    if (typeof pattern === 'string' && isPattern(pattern)) return pattern
    throw new Error(
      `${file}: ${field}[${index}]: found ${JSON.stringify(pattern)}, allowed: a regular expression`,
    )
  })
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return undefined
    throw cause
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}
