import { brand, type LoadedPlugin } from '#core/announcer.ts'
import { messageOf } from '#core/errors.ts'

import { isCode } from '../../error-code.ts'

/** The default export of the module, if that is a plugin; every other outcome is a sentence with what to do. */
export async function importPlugin(url: string): Promise<LoadedPlugin> {
  const module = await import(url).catch((cause: unknown) => {
    throw new Error(importFault(cause), { cause })
  })
  const plugin: unknown = (module as { readonly default?: unknown }).default
  if (typeof plugin !== 'object' || plugin === null) {
    throw new Error('the module has no plugin as its default export: export default definePlugin({ … })')
  }
  const { [brand]: branded, api }: Partial<LoadedPlugin> = plugin
  if (branded !== true) throw new Error('its default export is no plugin: export default definePlugin({ … })')
  if (api !== 1) throw new Error(`it is made for api ${String(api)} of the seam, allowed: 1`)
  return plugin as LoadedPlugin
}

function importFault(cause: unknown): string {
  if (isCode(cause, 'ERR_UNKNOWN_FILE_EXTENSION')) {
    return `Node ${process.versions.node} does not import this kind of file: compile TypeScript, or use Node 22.18 or later`
  }
  return `importing it threw ${messageOf(cause)}`
}
