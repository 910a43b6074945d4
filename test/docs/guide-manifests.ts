/* The manifests of the usage guide, by the part of it that is applied together. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const guides = ['usage-guide.md', 'zh/usage-guide.md'] as const
export type Part = 'l2' | 'bgp'

export function textOf(guide: (typeof guides)[number]): string {
  return readFileSync(fileURLToPath(new URL(`../../docs/${guide}`, import.meta.url)), 'utf8')
}

/** YAML documents of one part, in the order of the page. */
export function manifestsOf(guide: (typeof guides)[number], part: Part): string {
  const blocks = [...textOf(guide).matchAll(/<!-- apply: (\w+) -->\n```yaml\n(.*?)```/gs)]
  return blocks.flatMap(([, of, block]) => (of === part && block !== undefined ? [block] : [])).join('---\n')
}
