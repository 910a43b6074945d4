/* What the decisions know of the built-in plugins; nothing of theirs is opened for it. */
import type { LoadedPlugin } from '#core/announcer.ts'
import type { AnnouncerInfo } from '#core/model/facts.ts'
import frr from '#plugins/frr/plugin.ts'
import gobgp from '#plugins/gobgp/plugin.ts'
import l2 from '#plugins/l2/plugin.ts'
import nativeBgp from '#plugins/native-bgp/plugin.ts'

export const builtInAnnouncers: readonly AnnouncerInfo[] = [l2, nativeBgp, frr, gobgp].map(infoOf)

export function infoOf({
  name,
  placement,
  resources,
  optionsSchema,
  unsupported,
  singleRouter,
  surveys,
}: LoadedPlugin): AnnouncerInfo {
  return {
    name,
    placement,
    resources,
    optionsSchema,
    unsupported,
    ...(singleRouter && { singleRouter }),
    ...(surveys && { surveys }),
  }
}
